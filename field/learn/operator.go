package learn

// A trained operator as a function of one field.

import (
	"fmt"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
)

// Operator is a trained network that maps one field a to u, in the units of the data.
type Operator struct {
	In, Out, Height, Width int

	job     *Job
	program *evaluate.Predictor
	x       []float32
}

// Operator makes it for fields of height×width points.
func (j *Job) Operator(n *mgnet.Network, height, width int) (*Operator, error) {
	if err := j.takes(n.Model.Sig().InChannels); err != nil {
		return nil, err
	}
	n, err := At(n, height, width)
	if err != nil {
		return nil, err
	}
	s := n.Model.Sig()
	o := &Operator{In: s.InChannels, Out: s.Classes, Height: height, Width: width, job: j, x: make([]float32, height*width*s.InChannels)}
	o.program, err = evaluate.NewPredictor(n, 1)
	return o, err
}

// Apply sets u (Height, Width, Out) from a (Height, Width, In).
func (o *Operator) Apply(u, a []float64) error {
	if len(a) != len(o.x) || len(u) != o.Height*o.Width*o.Out {
		return fmt.Errorf("%d values of a and %d of u; want %d and %d", len(a), len(u), len(o.x), o.Height*o.Width*o.Out)
	}
	for i, v := range a {
		c := i % o.In
		o.x[i] = float32((v - o.job.Mean[c]) / o.job.Deviation[c])
	}
	y, err := o.program.Outputs(o.x)
	if err != nil {
		return err
	}
	for i, v := range y {
		u[i] = o.job.Scale * float64(v)
	}
	return nil
}
