package bandwidth

import (
	"context"
	"errors"
	"testing"
)

func TestMeasure(t *testing.T) {
	for name, loop := range map[string]func(context.Context, int) (Speed, error){"copy": Copy, "triad": Triad} {
		for _, size := range []int{8, 1000, 1 << 20} {
			s, err := loop(context.Background(), size)
			if err != nil || !(s.Median > 0 && s.Best >= s.Median) {
				t.Errorf("%s of %d bytes: %+v, %v", name, size, s, err)
			}
		}
		stopped, stop := context.WithCancel(context.Background())
		stop()
		if _, err := loop(stopped, 1000); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, stopped: %v", name, err)
		}
	}
}

func TestTriad(t *testing.T) {
	for n := range 10 {
		a, b, c := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range a {
			b[i], c[i] = float64(i), float64(i*i)
		}
		triad(a, b, 3, c)
		for i, v := range a {
			if v != b[i]+3*c[i] {
				t.Errorf("%d values: a[%d] = %g, want %g", n, i, v, b[i]+3*c[i])
			}
		}
	}
}
