package report

// Reports that can be set.

import (
	"fmt"
	"math"
)

// check reports lists that do not fit.
func (r *Report) check() error {
	if len(r.Sizes) == 0 || !(r.RelTol > 0 && r.RelTol < 1) {
		return fmt.Errorf("%d sizes, a tolerance of %g; want a size or more, and a tolerance between 0 and 1", len(r.Sizes), r.RelTol)
	}
	for _, m := range r.Methods {
		if len(m.Factors) != len(r.Sizes) {
			return fmt.Errorf("%s has %d factors; want one for each of %d sizes", m.Name, len(m.Factors), len(r.Sizes))
		}
		if s := m.Spectrum; s != nil && (len(s.Eigenvalues) == 0 || !square(len(s.After))) {
			return fmt.Errorf("%s has %d eigenvalues and %d waves; want one or more, and a square of waves", m.Name, len(s.Eigenvalues), len(s.After))
		}
		for _, p := range m.Parts {
			for _, s := range []*Symbol{p.Symbol, p.BesideMap} {
				if s != nil && (len(s.Values) == 0 || len(s.Values) != s.Side*s.Side) {
					return fmt.Errorf("%s, %s: %d values of a symbol of side %d; want its square", m.Name, p.What, len(s.Values), s.Side)
				}
			}
		}
	}
	if p := r.PDE; p != nil {
		for _, row := range p.Rows {
			if len(row.Mean) != len(p.Sizes) || len(row.Low) != len(p.Sizes) || len(row.High) != len(p.Sizes) {
				return fmt.Errorf("%s has %d means; want one for each of %d sizes", row.Cycle, len(row.Mean), len(p.Sizes))
			}
		}
	}
	return nil
}

// square reports the square of a positive number.
func square(n int) bool {
	side := int(math.Round(math.Sqrt(float64(n))))
	return n > 0 && side*side == n
}
