package classify

// The kernels k(x, y) = ⟨φ(x), φ(y)⟩ of the SVM.

import (
	"fmt"
	"math"
)

// Kernel is [Polynomial] or [Gaussian].
type Kernel interface {
	// Validate reports the first parameter that is out of its range.
	Validate() error
	// of evaluates the kernel from x·y, x·x and y·y, on which alone it depends.
	of(xy, xx, yy float64) float64
}

// Polynomial is k(x, y) = (Gamma x·y + Shift)^Degree: φ holds the monomials up
// to that degree. Gamma > 0, Shift ≥ 0, Degree ≥ 1.
type Polynomial struct {
	Degree       int
	Gamma, Shift float64
}

// Validate reports the first parameter that is out of its range.
func (k Polynomial) Validate() error {
	switch {
	case k.Degree < 1:
		return fmt.Errorf("classify: polynomial kernel of degree %d; want at least 1", k.Degree)
	case !(k.Gamma > 0) || math.IsInf(k.Gamma, 0):
		return fmt.Errorf("classify: γ of the polynomial kernel is %g; want more than 0", k.Gamma)
	case !(k.Shift >= 0) || math.IsInf(k.Shift, 0):
		return fmt.Errorf("classify: shift of the polynomial kernel is %g; want 0 or more", k.Shift)
	}
	return nil
}

func (k Polynomial) of(xy, _, _ float64) float64 {
	p, base := 1.0, k.Gamma*xy+k.Shift
	for n := k.Degree; n > 0; n >>= 1 {
		if n&1 == 1 {
			p *= base
		}
		base *= base
	}
	return p
}

// Gaussian is k(x, y) = exp(−Gamma ‖x − y‖²), Gamma > 0.
type Gaussian struct{ Gamma float64 }

// Validate reports a Gamma that is out of its range.
func (k Gaussian) Validate() error {
	if !(k.Gamma > 0) || math.IsInf(k.Gamma, 0) {
		return fmt.Errorf("classify: γ of the Gaussian kernel is %g; want more than 0", k.Gamma)
	}
	return nil
}

func (k Gaussian) of(xy, xx, yy float64) float64 {
	return math.Exp(-k.Gamma * max(0, xx+yy-2*xy))
}

// linear is x·y, the kernel of [TrainLinearSVM].
type linear struct{}

func (linear) Validate() error             { return nil }
func (linear) of(xy, _, _ float64) float64 { return xy }
