package learn

// A trained operator applied to fields.

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"mgtool/field"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/tensor"
)

// Predict predicts u for all fields a of a file, on whatever grid they are, and writes both to
// q.Out, a safetensors file. Where the file has u, the relative errors are listed.
func (j *Job) Predict(ctx context.Context, q job.Query) (*job.Predicted, error) {
	s := q.Network.Model.Sig()
	if err := j.takes(s.InChannels); err != nil {
		return nil, err
	}
	if q.Out != "" && filepath.Ext(q.Out) != ".safetensors" {
		return nil, fmt.Errorf("--out %s; want a name ending in .safetensors", q.Out)
	}
	if err := q.Spares(q.Path); err != nil {
		return nil, err
	}
	set, err := field.Read(q.Path)
	if err != nil {
		return nil, err
	}
	if set.In != s.InChannels || set.Out != 0 && set.Out != s.Classes {
		return nil, fmt.Errorf("%s has %d values of a and %d of u at each point; the model takes %d and answers %d", q.Path, set.In, set.Out, s.InChannels, s.Classes)
	}
	n, err := At(q.Network, set.Height, set.Width)
	if err != nil {
		return nil, err
	}
	answer := &field.Set{Count: set.Len(), Height: set.Height, Width: set.Width, In: set.In, Out: s.Classes, A: set.A}
	if answer.U, err = j.apply(ctx, n, set); err != nil {
		return nil, err
	}
	p := &job.Predicted{Columns: []string{"sample", "relative_l2"}}
	e, err := tensor.NewRelativeError(set.Len(), set.Height, set.Width, s.Classes, 0)
	if err != nil {
		return nil, err
	}
	errors := make([]float64, set.Len())
	if set.Out > 0 {
		e.Each(errors, answer.U, set.U)
	}
	for i, v := range errors {
		text := "unknown"
		if set.Out > 0 && !math.IsNaN(v) && !math.IsInf(v, 0) { // a field of zeros has no relative error
			text = fmt.Sprintf("%.4g", v)
		}
		p.Rows = append(p.Rows, []string{fmt.Sprint(i), text})
	}
	if q.Out == "" {
		return p, nil
	}
	p.Files = []string{q.Out}
	return p, field.Write(q.Out, answer)
}

// At is the network for fields of other sizes.
func At(n *mgnet.Network, height, width int) (*mgnet.Network, error) {
	if s := n.Model.Sig(); s.Height == height && s.Width == width {
		return n, nil
	}
	return n.At(height, width)
}

// apply is the network's u for each a of a set.
func (j *Job) apply(ctx context.Context, n *mgnet.Network, set *field.Set) ([]float32, error) {
	size := evaluate.BatchOf(n.Model, set.Len())
	p, err := evaluate.NewPredictor(n, size)
	if err != nil {
		return nil, err
	}
	var u []float32
	for first := 0; first < set.Len(); first += size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var x []float32
		for i := first; i < min(first+size, set.Len()); i++ {
			x = append(x, j.inputs(set, i)...)
		}
		y, err := p.Outputs(x)
		if err != nil {
			return nil, err
		}
		for _, v := range y {
			u = append(u, float32(j.Scale)*v)
		}
	}
	return u, nil
}
