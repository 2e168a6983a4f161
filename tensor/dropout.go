package tensor

// Dropout, whose mask is a function of numbers and not of a state.

import (
	"math"

	"mgtool/internal/parallel"
)

// Dropout sets each value to 0 with the probability Rate, in [0, 1), and multiplies the others
// by 1/(1 − Rate), so that the expectation stays (N. Srivastava et al., JMLR 15, 2014):
//
//	y_i = m_i x_i,   m_i = 0 or 1/(1 − Rate).
//
// The mask is a function of Key, the step and i alone: a training that is resumed has the
// same masks, on any number of threads. Key tells apart the dropouts of a network, and the
// seeds of trainings.
type Dropout struct {
	Rate float64
	Key  uint64
}

// Apply sets y = m x with the mask of a step; it is its own gradient, dx = m dy. y may be x.
func (d Dropout) Apply(y, x []float32, step uint64) {
	checkLen("dropout", "y", y, len(x))
	keep := float32(1 / (1 - d.Rate))
	// A number of 32 bits is below threshold with the probability Rate, within 2⁻³².
	threshold := uint64(math.Round(d.Rate * (1 << 32)))
	key := mix(mix(d.Key) + step)
	parallel.For(len(x), grain/4, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			// A number of 64 bits for two values.
			bits := mix(key + uint64(i)>>1)
			if i&1 == 1 {
				bits >>= 32
			}
			if bits&math.MaxUint32 < threshold {
				y[i] = 0 * x[i] // a NaN stays
			} else {
				y[i] = keep * x[i]
			}
		}
	})
}

// mix is the finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
