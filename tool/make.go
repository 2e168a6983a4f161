package tool

// Data for the learning of operators, made and written.

import (
	"context"
	"time"

	"mgtool/field"
)

// MakeFields says which samples are made, and where they go.
type MakeFields struct {
	field.Recipe
	Out string
}

// MadeFields is what was made.
type MadeFields struct {
	Set  *field.Set
	Took time.Duration
}

// Make makes the samples and writes them.
func (m MakeFields) Make(ctx context.Context, r Reporter) (*MadeFields, error) {
	if m.Out == "" {
		return nil, Usagef("want --out FILE.safetensors")
	}
	if err := m.Validate(); err != nil {
		return nil, Usage(err)
	}
	if err := CheckFile("out", m.Out, ".safetensors"); err != nil {
		return nil, err
	}
	begin := time.Now()
	set, err := field.Make(ctx, m.Recipe, func(done, of int) {
		left := time.Since(begin) / time.Duration(done) * time.Duration(of-done)
		r.status("%d of %d samples, %s left", done, of, left.Round(time.Second))
	})
	r.status("")
	if err != nil {
		return nil, err
	}
	if err := field.Write(m.Out, set); err != nil {
		return nil, err
	}
	return &MadeFields{set, time.Since(begin)}, nil
}
