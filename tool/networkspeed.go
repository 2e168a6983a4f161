package tool

// Speed of training and of evaluation.

import (
	"context"
	"fmt"
	"math"

	"mgtool/mgnet"
	"mgtool/mgnet/bench"
	"mgtool/tensor"
)

// NetworkSpeed is the speed of a network and, if a roofline was drawn, the limits of the
// machine.
type NetworkSpeed struct {
	*bench.Speed
	Peak      float64 // operations per second, a multiply-add counting as two; NaN if unknown
	Bandwidth float64 // of copying, in bytes per second; NaN without a roofline
}

// MeasureNetwork measures the speed of a model. plot, unless empty, names a PNG file for a
// roofline plot: its operations under the limits of the machine.
func MeasureNetwork(ctx context.Context, shape Shape, o bench.Options, plot string) (*NetworkSpeed, error) {
	model, err := shape.Make(ctx, mgnet.Signature{})
	if err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, Usage(err)
	}
	if err := CheckFile("plot", plot, ".png"); err != nil {
		return nil, err
	}
	profiled := o
	profiled.Profile = o.Profile || plot != ""
	s, err := bench.Measure(ctx, model, profiled)
	if err != nil {
		return nil, err
	}
	speed := &NetworkSpeed{s, math.NaN(), math.NaN()}
	if plot != "" {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		peak, bandwidth := tensor.Limits()
		if err := s.WriteRoofline(plot, peak, bandwidth); err != nil {
			return nil, fmt.Errorf("--plot %s: %w", plot, err)
		}
		speed.Bandwidth = bandwidth
		if peak != 0 {
			speed.Peak = peak
		}
	}
	if !o.Profile {
		s.Profile = nil
	}
	return speed, nil
}
