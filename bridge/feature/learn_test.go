package feature

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/tensor"
)

// scenes are images of bars at random places.
func scenes(count, size int) (list []Map) {
	for k := range count {
		g := NewMap(size, size, 1)
		for n := range 2 {
			at := (3*k + 5*n + k*k) % size
			for i := range size {
				p := at*size + i
				if (k+n)%2 == 0 {
					p = i*size + at
				}
				g.Values[p] = 1
			}
		}
		list = append(list, g)
	}
	return list
}

// The program for training has the loss of the iteration on numbers, and its gradient is that
// of finite differences of the latter.
func TestGradient(t *testing.T) {
	images := []Map{randomMap(6, 5, 2, 1), randomMap(6, 5, 2, 2)}
	for i, form := range Forms {
		l := Learning{Channels: 3, Width: 3 + 2*(i%2), Steps: 3, Form: form, Sparsity: .7, Epochs: 1, Batch: 2, Rate: 1, Seed: 1}
		p := l.start(2)
		for i := range p.b {
			p.b[i] += .02 * float32(math.Sin(float64(i)))
		}
		batch := make([]float32, 0, 120)
		for _, g := range images {
			for _, v := range g.Values {
				batch = append(batch, float32(v))
			}
		}
		program, err := l.program(p, batch, tensor.Shape{N: 2, H: 6, W: 5, C: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Run(); err != nil {
			t.Fatal(err)
		}
		loss := func(a, b Kernel) float64 {
			sum := 0.0
			for _, g := range images {
				var r Map
				u, err := Model{form, a, b}.Solve(context.Background(), g, l.Steps, func(_ int, _, left Map) { r = left })
				if err != nil {
					t.Fatal(err)
				}
				mean := 0.0
				for _, v := range u.Values {
					mean += v / float64(len(u.Values))
				}
				sum += inner(r, r)/float64(len(r.Values)) + l.Sparsity*mean*mean
			}
			return sum / float64(len(images))
		}
		a, b := l.kernel(p.a, 3, 2), l.kernel(p.b, 2, 3)
		if got, want := float64(program.Value()[0]), loss(a, b); !(math.Abs(got-want) <= 1e-5*want) {
			t.Errorf("%s: loss %g of the program, %g of the iteration", form, got, want)
		}
		for _, of := range []struct {
			name string
			w    []float64
		}{{"A", a.Weights}, {"B", b.Weights}} {
			gradient, largest := program.Gradient(of.name), 0.0
			for _, v := range gradient {
				largest = max(largest, math.Abs(float64(v)))
			}
			for i := 0; i < len(of.w); i += 7 {
				const step = 1e-5
				old := of.w[i]
				of.w[i] = old + step
				up := loss(a, b)
				of.w[i] = old - step
				down := loss(a, b)
				of.w[i] = old
				if want := (up - down) / (2 * step); !(math.Abs(float64(gradient[i])-want) <= 1e-3*largest) {
					t.Errorf("%s: gradient %g by %s %d, differences %g", form, gradient[i], of.name, i, want)
				}
			}
		}
	}
}

// Learning explains images that it has not seen better than the random A it starts from, with
// the same result for the same seed, kernels of A of norm 1, and u ≥ 0 where the form has it.
func TestLearn(t *testing.T) {
	images := scenes(64, 10)
	train, test := images[:48], images[48:]
	for _, form := range []Form{Projected, Sigma} {
		l := Learning{Channels: 4, Width: 3, Steps: 4, Form: form, Sparsity: .1, Epochs: 6, Batch: 8, Rate: .02, Seed: 2}
		var losses []float64
		l.Report = func(_ int, loss float64) { losses = append(losses, loss) }
		m, err := Learn(context.Background(), train, l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Learn(context.Background(), train, l)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.A.Weights, again.A.Weights) || !slices.Equal(m.B.Weights, again.B.Weights) {
			t.Errorf("%s: another result for the same seed", form)
		}
		start, err := l.Start(1)
		if err != nil {
			t.Fatal(err)
		}
		before, err := Judge(context.Background(), start, test, l.Steps)
		if err != nil {
			t.Fatal(err)
		}
		after, err := Judge(context.Background(), m, test, l.Steps)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: losses %.3f; before %+v, after %+v", form, losses[:l.Epochs], before, after)
		if !(after.Error < .6*before.Error) || after.Least < 0 {
			t.Errorf("%s: error %g after learning, %g before; least %g", form, after.Error, before.Error, after.Least)
		}
		for i := range l.Channels {
			sum := 0.0
			for q := range 9 {
				w := m.A.Weights[q*l.Channels+i]
				sum += w * w
			}
			if !(math.Abs(sum-1) <= 1e-5) {
				t.Errorf("%s: kernel %d of A has the norm² %g", form, i, sum)
			}
		}
	}
}

func TestLearnMistakes(t *testing.T) {
	for want, change := range map[string]func(*Learning){
		"0 channels": func(l *Learning) { l.Channels = 0 }, "4 wide": func(l *Learning) { l.Width = 4 }, "0 steps": func(l *Learning) { l.Steps = 0 },
		"weight -1": func(l *Learning) { l.Sparsity = -1 }, "0 epochs": func(l *Learning) { l.Epochs = 0 }, "rate of 0": func(l *Learning) { l.Rate = 0 },
		"unknown form": func(l *Learning) { l.Form = "x" }, "for batches of 9": func(l *Learning) { l.Batch = 9 },
	} {
		l := DefaultLearning()
		l.Batch = 2
		change(&l)
		if _, err := Learn(context.Background(), scenes(3, 6), l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error about %q", err, want)
		}
	}
	if _, err := Learn(context.Background(), []Map{NewMap(3, 3, 1), NewMap(4, 4, 1)}, Learning{1, 3, 1, Sigma, 0, 1, 2, .1, 1, nil}); err == nil {
		t.Error("images of two sizes accepted")
	}
}

// A blurred square made sharp under u ≥ 0.
func Example() {
	blur, err := Blur(1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := Landweber(blur, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	sharp := NewMap(16, 16, 1)
	for p := range sharp.Values {
		if x, y := p%16, p/16; x >= 6 && x < 10 && y >= 6 && y < 10 {
			sharp.Values[p] = 1
		}
	}
	g := blur.Apply(sharp)
	for _, form := range []Form{Linear, Projected} {
		u, err := Model{form, blur, b}.Solve(context.Background(), g, 200, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		off := combine(u, -1, sharp).Norm() / sharp.Norm()
		fmt.Printf("%s: off by %.3f\n", form, off)
	}
	// Output:
	// linear: off by 0.226
	// projected: off by 0.054
}

// A file holds the model to the last bit; mistakes in one are errors.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.json")
	a := randomKernel(3, 2, 1, 1)
	m := Model{Projected, a, a.Adjoint()}
	if err := m.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil || got.Form != m.Form || !slices.Equal(got.A.Weights, m.A.Weights) || !slices.Equal(got.B.Weights, m.B.Weights) {
		t.Errorf("%+v, %v; want %+v", got, err, m)
	}
	for text, want := range map[string]string{`{"form": "sigma", "c": 1}`: "c", `{"form": "sigma"}`: "A is 0 wide", `{`: ""} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error about %q", text, err, want)
		}
	}
	if (Model{}).WriteFile(path) == nil {
		t.Error("an empty model written")
	}
}
