package fourier

// What differs between real and complex coefficients.

import "math"

// of is a real number as a T.
func of[T number](s float64) (t T) {
	switch p := any(&t).(type) {
	case *float64:
		*p = s
	case *complex128:
		*p = complex(s, 0)
	}
	return t
}

func scaled[T number](x []T, s float64) []T {
	by := of[T](s)
	for i := range x {
		x[i] *= by
	}
	return x
}

// norm is ‖x‖₂.
func norm[T number](x []T) float64 {
	sum := 0.0
	switch x := any(x).(type) {
	case []float64:
		for _, v := range x {
			sum += v * v
		}
	case []complex128:
		for _, v := range x {
			sum += real(v)*real(v) + imag(v)*imag(v)
		}
	}
	return math.Sqrt(sum)
}

// conjugate conjugates in place.
func conjugate[T number](x []T) []T {
	if x, ok := any(x).([]complex128); ok {
		for i, v := range x {
			x[i] = complex(real(v), -imag(v))
		}
	}
	return x
}

// product is Re Σ x y.
func product[T number](x, y []T) (sum float64) {
	switch x := any(x).(type) {
	case []float64:
		return dot(x, any(y).([]float64))
	case []complex128:
		for i, v := range any(y).([]complex128) {
			sum += real(x[i])*real(v) - imag(x[i])*imag(v)
		}
	}
	return sum
}

// mean is the diagonal of the operator with this symbol.
func mean[T number](a []T) (d float64) {
	switch a := any(a).(type) {
	case []float64:
		for _, v := range a {
			d += v
		}
	case []complex128:
		for _, v := range a {
			d += real(v)
		}
	}
	return d / float64(len(a))
}

// symbolOf is the symbol of a kernel, which must be even if T is real.
func symbolOf[T number](w *waves, kernel []float64) (s []T) {
	c := w.symbol(kernel)
	switch p := any(&s).(type) {
	case *[]float64:
		*p = make([]float64, len(c))
		for i, v := range c {
			(*p)[i] = real(v)
		}
	case *[]complex128:
		*p = c
	}
	return s
}

// addGradient adds the gradient by the weights of a kernel to g, given that by its symbol.
func addGradient[T number](w *waves, g []float64, bar []T) {
	c := make([]complex128, len(bar))
	switch bar := any(bar).(type) {
	case []float64:
		for i, v := range bar {
			c[i] = complex(v, 0)
		}
	case []complex128:
		for i, v := range bar {
			c[i] = complex(real(v), -imag(v))
		}
	}
	w.gradient(g, c)
}
