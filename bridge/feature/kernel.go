package feature

// Convolutions of maps, as loops; those that are given.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// Kernel is a convolution with values beyond the border of 0,
//
//	(K x)(p, o) = Σ_q Σ_i K(q, i, o) x(p + q, i),   q in −w…w each way.
type Kernel struct {
	Width   int       `json:"width"` // 2w + 1
	In      int       `json:"in"`
	Out     int       `json:"out"`
	Weights []float64 `json:"weights"` // (Width, Width, In, Out)
}

// widest bounds the width of a kernel.
const widest = 31

func (k Kernel) validate(name string) error {
	if k.Width < 1 || k.Width > widest || k.Width%2 == 0 || k.In < 1 || k.Out < 1 {
		return fmt.Errorf("feature: %s is %d wide from %d to %d channels; want an odd width, at most %d, and 1 or more channels", name, k.Width, k.In, k.Out, widest)
	}
	if want := k.Width * k.Width * k.In * k.Out; len(k.Weights) != want {
		return fmt.Errorf("feature: %s has %d weights; want %d", name, len(k.Weights), want)
	}
	for _, w := range k.Weights {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("feature: %s has the weight %g; want finite numbers", name, w)
		}
	}
	return nil
}

// Apply is K x.
func (k Kernel) Apply(x Map) Map {
	y := NewMap(x.Height, x.Width, k.Out)
	half := k.Width / 2
	parallel.For(x.Height, 1+4096/(x.Width*k.In*k.Out), func(lo, hi int) {
		for py := lo; py < hi; py++ {
			for dy := max(-half, -py); dy <= min(half, x.Height-1-py); dy++ {
				for dx := -half; dx <= half; dx++ {
					for n, w := range k.Weights[((dy+half)*k.Width+dx+half)*k.In*k.Out:][:k.In*k.Out] {
						if w == 0 { // as most are of a stencil on each channel alone
							continue
						}
						i, o := n/k.Out, n%k.Out
						first, end := max(0, -dx), min(x.Width, x.Width-dx)
						from := ((py+dy)*x.Width+first+dx)*k.In + i
						to := (py*x.Width+first)*k.Out + o
						for range end - first {
							y.Values[to] += w * x.Values[from]
							from += k.In
							to += k.Out
						}
					}
				}
			}
		}
	})
	return y
}

// Adjoint is Kᵀ: each weight at the opposite offset, the channels exchanged.
func (k Kernel) Adjoint() Kernel {
	t := Kernel{k.Width, k.Out, k.In, make([]float64, len(k.Weights))}
	last := k.Width*k.Width - 1
	for q := range k.Width * k.Width {
		for i := range k.In {
			for o := range k.Out {
				t.Weights[((last-q)*t.In+o)*t.Out+i] = k.Weights[(q*k.In+i)*k.Out+o]
			}
		}
	}
	return t
}

// Scale is the kernel times s.
func (k Kernel) Scale(s float64) Kernel {
	t := k
	t.Weights = make([]float64, len(k.Weights))
	for i, w := range k.Weights {
		t.Weights[i] = s * w
	}
	return t
}

// each is one stencil on each of some channels alone.
func each(channels, width int, stencil []float64) Kernel {
	k := Kernel{width, channels, channels, make([]float64, width*width*channels*channels)}
	for q, w := range stencil {
		for c := range channels {
			k.Weights[(q*channels+c)*channels+c] = w
		}
	}
	return k
}

// Laplacian is the five-point operator on each of some channels, for pixels of width 1.
func Laplacian(channels int) Kernel {
	return each(channels, 3, []float64{0, -1, 0, -1, 4, -1, 0, -1, 0})
}

// Blur is a Gaussian of standard deviation sigma pixels, cut at 3 sigma and with sum 1, on each
// of some channels.
func Blur(channels int, sigma float64) (Kernel, error) {
	half := int(math.Ceil(3 * sigma))
	if !(sigma > 0) || 2*half+1 > widest {
		return Kernel{}, fmt.Errorf("feature: a blur of %g pixels; want more than 0 and at most %d", sigma, (widest-1)/6)
	}
	width := 2*half + 1
	stencil, sum := make([]float64, width*width), 0.0
	for q := range stencil {
		x, y := float64(q%width-half), float64(q/width-half)
		stencil[q] = math.Exp(-(x*x + y*y) / (2 * sigma * sigma))
		sum += stencil[q]
	}
	for q := range stencil {
		stencil[q] /= sum
	}
	return each(channels, width, stencil), nil
}

// Jacobi is B = ω/a for an A that couples each channel with itself: a is the weight of A at
// the pixel itself.
func Jacobi(a Kernel, omega float64) (Kernel, error) {
	if err := a.validate("A"); err != nil {
		return Kernel{}, err
	}
	if a.In != a.Out {
		return Kernel{}, fmt.Errorf("feature: Jacobi for A from %d to %d channels; want as many", a.In, a.Out)
	}
	b := Kernel{1, a.In, a.In, make([]float64, a.In*a.In)}
	middle := a.Width * a.Width / 2
	for c := range a.In {
		w := a.Weights[(middle*a.In+c)*a.Out+c]
		if w == 0 {
			return Kernel{}, fmt.Errorf("feature: Jacobi for A whose channel %d has the weight 0 at the pixel itself; want another", c)
		}
		b.Weights[c*a.In+c] = omega / w
	}
	return b, nil
}

// Landweber is B = ω Aᵀ / c with c ≥ ‖A‖²: the product of the largest sums of |weights| to one
// output and from one input. The linear and the projected form converge for 0 < ω < 2.
func Landweber(a Kernel, omega float64) (Kernel, error) {
	if err := a.validate("A"); err != nil {
		return Kernel{}, err
	}
	rows, columns := make([]float64, a.Out), make([]float64, a.In)
	for k, w := range a.Weights {
		rows[k%a.Out] += math.Abs(w)
		columns[k/a.Out%a.In] += math.Abs(w)
	}
	bound := 0.0
	for _, r := range rows {
		for _, c := range columns {
			bound = max(bound, r*c)
		}
	}
	if bound == 0 {
		return Kernel{}, fmt.Errorf("feature: Landweber for A = 0; want another")
	}
	return a.Adjoint().Scale(omega / bound), nil
}
