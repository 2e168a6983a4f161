package tensor

// Local response normalisation, from the original AlexNet.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// ResponseNorm divides each value by a norm of the neighbouring channels at its pixel,
//
//	y_c = x_c · d_c^(−Beta),   d_c = K + Alpha · Σ_{|e−c| ≤ Size/2} x_e²,
//
// where e runs over the existing channels (Krizhevsky, Sutskever, Hinton, NIPS 2012,
// section 3.3, with K = 2, Alpha = 1e-4, Beta = 0.75, Size = 5).
type ResponseNorm struct {
	Channels, Size int
	K, Alpha, Beta float64
}

// Validate reports the first field that is out of its range.
func (r ResponseNorm) Validate() error {
	switch {
	case r.Channels < 1:
		return fmt.Errorf("tensor: response norm of %d channels; want 1 or more", r.Channels)
	case r.Size < 1 || r.Size%2 == 0:
		return fmt.Errorf("tensor: response norm over %d channels; want an odd number", r.Size)
	case !(r.K > 0) || !(r.Alpha >= 0) || math.IsInf(r.K+r.Alpha+r.Beta, 0) || math.IsNaN(r.Beta):
		return fmt.Errorf("tensor: response norm with k = %g, α = %g, β = %g; want k > 0, α ≥ 0 and a finite β", r.K, r.Alpha, r.Beta)
	}
	return nil
}

// Forward sets y from x, rows of channels.
func (r ResponseNorm) Forward(y, x []float32) {
	checkLen("response norm forward", "y", y, len(x))
	r.rows(x, func(at int, d []float64) {
		for c, dc := range d {
			y[at+c] = float32(float64(x[at+c]) * math.Pow(dc, -r.Beta))
		}
	})
}

// Backward sets dx from dy and x:
//
//	dx_e = dy_e d_e^(−Beta) − 2 Alpha Beta x_e Σ_{|c−e| ≤ Size/2} dy_c x_c d_c^(−Beta−1).
func (r ResponseNorm) Backward(dx, dy, x []float32) {
	checkLen("response norm backward", "dx", dx, len(x))
	checkLen("response norm backward", "dy", dy, len(x))
	r.rows(x, func(at int, d []float64) {
		for e, de := range d {
			sum := 0.0
			for c := max(0, e-r.Size/2); c <= min(r.Channels-1, e+r.Size/2); c++ {
				sum += float64(dy[at+c]) * float64(x[at+c]) * math.Pow(d[c], -r.Beta-1)
			}
			dx[at+e] = float32(float64(dy[at+e])*math.Pow(de, -r.Beta) - 2*r.Alpha*r.Beta*float64(x[at+e])*sum)
		}
	})
}

// rows calls body for every row of x with its divisors d.
func (r ResponseNorm) rows(x []float32, body func(at int, d []float64)) {
	if len(x)%r.Channels != 0 {
		panic(fmt.Sprintf("tensor: response norm of %d values; want rows of %d channels", len(x), r.Channels))
	}
	parallel.For(len(x)/r.Channels, grain/(r.Channels*r.Size)+1, func(lo, hi int) {
		d := make([]float64, r.Channels)
		for at := lo * r.Channels; at < hi*r.Channels; at += r.Channels {
			for c := range d {
				sum := 0.0
				for e := max(0, c-r.Size/2); e <= min(r.Channels-1, c+r.Size/2); e++ {
					sum += float64(x[at+e]) * float64(x[at+e])
				}
				d[c] = r.K + r.Alpha*sum
			}
			body(at, d)
		}
	})
}
