package train

// Muon.

import (
	"math"

	"mgtool/mgnet/runs"
	"mgtool/tensor"
)

// muon moves every convolution but depthwise ones along an orthogonal matrix (K.
// Jordan, Muon: An optimizer for hidden layers in neural networks, 2024), and the
// other parameters by SGD as the recipe says. With G the gradient as a matrix, a column an output
// channel, of k·k·in rows,
//
//	V ← μ V + G,   D = G + μ V,   W ← W − η orthogonal(D),
//
// see [tensor.Orthogonal]. Its singular values are about 1 whatever G is, so η,
// muon_rate times what the schedule makes of the learning rate, is the size of a
// step. No factor for the shape of the matrix is taken, as in airbench94_muon.
//
// Weight decay is decoupled, W ← (1 − η λ) W. With unit filters there is none: instead
// W is scaled before each step to norm √out, so that the filters of the output
// channels have norm 1 in the quadratic mean; airbench94_muon does this.
//
// A P is the adjoint of a convolution: its columns are the coarse channels.
type muon struct {
	*sgd
	matrix   []*tensor.Orthogonal // of parameter k; nil for those of SGD
	momentum float32
	relative float64 // the rate, over the learning rate
	unit     bool
	step     []float32 // D, and then its orthogonal matrix
}

func newMuon(params []trained, r runs.Recipe) *muon {
	m := &muon{
		sgd: newSGD(params, r), matrix: make([]*tensor.Orthogonal, len(params)),
		momentum: float32(r.MuonMomentum), relative: r.MuonRate / r.LearningRate, unit: r.MuonUnitFilters,
	}
	most := 0
	for k, p := range params {
		if len(p.Shape) == 4 && !p.Depthwise {
			columns := p.Shape[3]
			m.matrix[k] = tensor.NewOrthogonal(len(p.Data)/columns, columns, r.MuonSteps)
			if r.Precision == runs.Bfloat16 {
				m.matrix[k] = m.matrix[k].Bfloat16()
			}
			most = max(most, len(p.Data))
		}
	}
	m.step = make([]float32, most)
	return m
}

func (m *muon) move(k int, p trained, g []float32, rate float64, n int) {
	if m.matrix[k] == nil {
		m.sgd.move(k, p, g, rate, n)
		return
	}
	rate *= m.relative
	if m.unit {
		if norm := math.Sqrt(tensor.SumSquares(p.Data)); norm > 0 {
			tensor.Scale(p.Data, float32(math.Sqrt(float64(p.Shape[3]))/norm))
		}
	} else {
		tensor.Scale(p.Data, float32(1-rate*p.decay))
	}
	if g == nil { // and always was: there is no momentum either
		return
	}
	// D is where a step of Nesterov's from 0 with rate −1 ends.
	step := m.step[:len(g)]
	clear(step)
	tensor.Nesterov(step, m.velocity[k], g, m.momentum, 0, -1)
	m.matrix[k].Apply(step, step)
	tensor.AddScaled(p.Data, step, -float32(rate))
}
