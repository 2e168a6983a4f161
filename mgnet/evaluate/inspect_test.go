package evaluate

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/tensor/gradtest"
)

// grids are feature maps of one image in float64, for an evaluation by plain loops.
type grids struct {
	h, w, c int
	v       []float64
}

func (m grids) at(y, x, c int) float64 {
	if y < 0 || y >= m.h || x < 0 || x >= m.w {
		return 0
	}
	return m.v[(y*m.w+x)*m.c+c]
}

// conv is the sum over the kernel p (K, K, in, out) with padding (K−1)/2.
func (m grids) conv(p *mgnet.Param, stride int) grids {
	k, in, out := p.Shape[0], p.Shape[2], p.Shape[3]
	y := grids{(m.h + stride - 1) / stride, (m.w + stride - 1) / stride, out, nil}
	for i := range y.h {
		for j := range y.w {
			for o := range out {
				var s float64
				for di := range k {
					for dj := range k {
						for c := range in {
							s += m.at(i*stride+di-k/2, j*stride+dj-k/2, c) * float64(p.Data[((di*k+dj)*in+c)*out+o])
						}
					}
				}
				y.v = append(y.v, s)
			}
		}
	}
	return y
}

// back is the adjoint of conv with stride 2 to h×w pixels, p (3, 3, fine, coarse).
func (m grids) back(p *mgnet.Param, h, w int) grids {
	fine, coarse := p.Shape[2], p.Shape[3]
	y := grids{h, w, fine, make([]float64, h*w*fine)}
	for i := range m.h {
		for j := range m.w {
			for di := range 3 {
				for dj := range 3 {
					a, b := 2*i+di-1, 2*j+dj-1
					if a < 0 || a >= h || b < 0 || b >= w {
						continue
					}
					for f := range fine {
						for c := range coarse {
							y.v[(a*w+b)*fine+f] += m.at(i, j, c) * float64(p.Data[((di*3+dj)*fine+f)*coarse+c])
						}
					}
				}
			}
		}
	}
	return y
}

// sigma is ReLU of the batch norm with running statistics.
func (m grids) sigma(n *mgnet.Norm) grids {
	y := m
	y.v = slices.Clone(m.v)
	for i := range y.v {
		c := i % m.c
		scale := float64(n.Gamma.Data[c]) / math.Sqrt(float64(n.Stats.RunningVar[c])+float64(n.Stats.Eps))
		y.v[i] = max(0, (m.v[i]-float64(n.Stats.RunningMean[c]))*scale+float64(n.Beta.Data[c]))
	}
	return y
}

// plus is m + sign·o; grids without values is zero.
func (m grids) plus(sign float64, o grids) grids {
	if m.v == nil {
		m = grids{o.h, o.w, o.c, make([]float64, len(o.v))}
	}
	y := m
	y.v = slices.Clone(m.v)
	for i := range y.v {
		y.v[i] += sign * o.v[i]
	}
	return y
}

// unsettle gives all norms weights and running statistics that are no identity.
func unsettle(n *mgnet.Network) {
	for k, b := range n.Norms() {
		for c := range b.Gamma.Data {
			b.Gamma.Data[c], b.Beta.Data[c] = 1+.1*float32(c), .2-.05*float32(k%5)
			b.Stats.RunningMean[c], b.Stats.RunningVar[c] = .1*float32(c-k%3), .5+.1*float32(k%4)
		}
	}
}

// matches compares features with those by hand. Those of the network are float32,
// and r is a small difference of large sums: allowed is 1e-5 of the largest value.
func matches(t *testing.T, what string, got *Features, want grids) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing", what)
		return
	}
	if got.Height != want.h || got.Width != want.w || got.Channels != want.c {
		t.Errorf("%s is %d×%d×%d, want %d×%d×%d", what, got.Height, got.Width, got.Channels, want.h, want.w, want.c)
		return
	}
	top := max(slices.Max(want.v), -slices.Min(want.v))
	for i, v := range want.v {
		if math.Abs(float64(got.Values[i])-v) > 1e-5*top {
			t.Errorf("%s: value %d is %g, by hand %g, the largest %g", what, i, got.Values[i], v, top)
			return
		}
	}
}

// The states of a walk down and of a V-cycle, against the formulas by plain loops.
func TestInspectByHand(t *testing.T) {
	for _, cycle := range []string{"down", "v"} {
		c := mgnet.MgNet(6, 5, 3, 4, []int{3, 2}, []int{2, 1})
		c.Cycle = cycle
		n, err := mgnet.New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		unsettle(n)
		img := gradtest.Random(6*5*3, 5)
		got, err := Inspect(n, img)
		if err != nil {
			t.Fatal(err)
		}
		x := grids{h: 6, w: 5, c: 3}
		for _, v := range img {
			x.v = append(x.v, float64(v))
		}
		normOf := func(name string) *mgnet.Norm {
			i := slices.IndexFunc(n.Norms(), func(b *mgnet.Norm) bool { return b.Name == name })
			return n.Norms()[i]
		}
		smooth := func(l, k int, u, r grids) (grids, grids) {
			at, step := fmt.Sprintf("level%d.", l), fmt.Sprintf("level%d.step%d.", l, k)
			d := r.sigma(normOf(step+"norm1")).conv(n.Param(at+"B"), 1).sigma(normOf(step + "norm2"))
			return u.plus(1, d), r.plus(-1, d.conv(n.Param(at+"A"), 1))
		}
		g0 := x.conv(n.Param("stem.conv"), 1).sigma(normOf("stem.norm"))
		u, r := smooth(0, 0, grids{}, g0)
		u, r = smooth(0, 1, u, r)
		u1, r1 := u.conv(n.Param("level0.Pi"), 2).sigma(normOf("level0.normPi")), r.conv(n.Param("level0.R"), 2).sigma(normOf("level0.normR"))
		g1 := r1.plus(1, u1.conv(n.Param("level1.A"), 1))
		ub, _ := smooth(1, 0, u1, r1)

		names := "0start 0down 1start 1bottom"
		if cycle == "v" {
			names += " 0up"
		}
		var legs []string
		for _, s := range got.States {
			legs = append(legs, fmt.Sprintf("%d%s", s.Level, s.Leg))
		}
		if strings.Join(legs, " ") != names {
			t.Fatalf("%s: states %v, want %s", cycle, legs, names)
		}
		s := got.States
		if s[0].U != nil || s[3].R != nil {
			t.Errorf("%s: a u of 0 at the start, or a residual after the last step, that the walk does not form", cycle)
		}
		matches(t, cycle+" start r", s[0].R, g0)
		matches(t, cycle+" start g", s[0].G, g0)
		matches(t, cycle+" down u", s[1].U, u)
		matches(t, cycle+" down r", s[1].R, r)
		matches(t, cycle+" down g", s[1].G, r.plus(1, u.conv(n.Param("level0.A"), 1))) // g has stayed
		matches(t, cycle+" level 1 u", s[2].U, u1)
		matches(t, cycle+" level 1 r", s[2].R, r1)
		matches(t, cycle+" level 1 g", s[2].G, g1)
		matches(t, cycle+" bottom u", s[3].U, ub)
		matches(t, cycle+" bottom g", s[3].G, g1)
		last := ub
		if cycle == "v" {
			d := ub.plus(-1, u1).back(n.Param("level0.P"), 6, 5)
			u, r = u.plus(1, d), r.plus(-1, d.conv(n.Param("level0.A"), 1))
			u, r = smooth(0, 2, u, r)
			u, r = smooth(0, 3, u, r)
			matches(t, "up u", s[4].U, u)
			matches(t, "up r", s[4].R, r)
			matches(t, "up g", s[4].G, g0)
			last = u
		}
		// The mean of the last u over its pixels, times the weights, is the logits.
		for k := range c.Classes {
			want := float64(n.Param("head.b").Data[k])
			for i, v := range last.v {
				want += v / float64(last.h*last.w) * float64(n.Param("head.w").Data[i%last.c*c.Classes+k])
			}
			if math.Abs(float64(got.Logits[k])-want) > 1e-5 {
				t.Errorf("%s: logit %d is %g, by hand %g", cycle, k, got.Logits[k], want)
			}
		}
		sameAsPredictor(t, n, img, got)
	}
}

// sameAsPredictor holds an inspection to what an evaluation says. What is kept is
// computed on its own there, so the two round differently.
func sameAsPredictor(t *testing.T, n *mgnet.Network, img []float32, got *Inspection) {
	t.Helper()
	p, err := NewPredictor(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	probs, err := p.Probabilities(img)
	if err != nil {
		t.Fatal(err)
	}
	if e := distance(probs, got.Probabilities); e > 1e-5 {
		t.Errorf("%s: probabilities %v, an evaluation says %v", n.Config.Model, got.Probabilities, probs)
	}
}

// ResNets have r alone; with an A a step there is a g on the finest level only.
func TestInspectOthers(t *testing.T) {
	for _, model := range []string{"resnet", "preact", "mgnet"} {
		c := mgnet.MgNet(8, 8, 1, 3, []int{2, 4, 3}, []int{2, 2, 2})
		c.Model, c.ShareA, c.ShareB = model, "step", "step"
		n, err := mgnet.New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		unsettle(n)
		img := gradtest.Random(64, 1)
		got, err := Inspect(n, img)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.States) != 6 {
			t.Errorf("%s: %d states, want 6", model, len(got.States))
		}
		for _, s := range got.States {
			if model == "mgnet" {
				if (s.G != nil) != (s.Level == 0) {
					t.Errorf("level %d (%s) has a g: %t", s.Level, s.Leg, s.G != nil)
				}
			} else if s.U != nil || s.G != nil || s.R == nil {
				t.Errorf("%s, level %d (%s): u %t, g %t, r %t; want r alone", model, s.Level, s.Leg, s.U != nil, s.G != nil, s.R != nil)
			}
		}
		if last := got.States[5]; model != "mgnet" {
			for k := range c.Classes {
				want := float64(n.Param("head.b").Data[k])
				for ch := range last.R.Channels {
					for _, v := range last.R.Channel(ch) {
						want += float64(v) / float64(last.R.Height*last.R.Width) * float64(n.Param("head.w").Data[ch*c.Classes+k])
					}
				}
				if math.Abs(float64(got.Logits[k])-want) > 1e-5 {
					t.Errorf("%s: logit %d is %g, of the last r %g", model, k, got.Logits[k], want)
				}
			}
		}
		sameAsPredictor(t, n, img, got)
	}
}

func TestInspectErrors(t *testing.T) {
	n, err := mgnet.New(mgnet.MgNet(4, 4, 1, 2, []int{2}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(n, make([]float32, 15)); err == nil || !strings.Contains(err.Error(), "4×4×1") {
		t.Errorf("15 values for an image of 16: %v", err)
	}
	n.Param("level1.B").Data[0] = float32(math.Inf(1))
	if _, err := Inspect(n, gradtest.Random(16, 1)); err == nil || !strings.Contains(err.Error(), "u on level 1 (bottom)") {
		t.Errorf("an infinite weight: %v; want an error that says where it shows", err)
	}
}

// The pictures are there, one a state; kernels are where they belong.
func TestInspectionFiles(t *testing.T) {
	n, err := mgnet.New(mgnet.MgNet(8, 8, 3, 2, []int{2}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(n, gradtest.Random(8*8*3, 1))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	paths, err := i.WriteFiles(dir, image.NewGray(image.Rect(0, 0, 8, 8)), "black")
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range []string{"image", "stem", "level0-start", "level0-down", "level1-start", "level1-bottom"} {
		if k >= len(paths) || paths[k] != filepath.Join(dir, name+".png") {
			t.Fatalf("files %v, want %s.png as number %d", paths, name, k)
		}
		if data := read(t, paths[k]); !bytes.HasPrefix(data, []byte("\x89PNG")) {
			t.Errorf("%s is no PNG", paths[k])
		}
	}
	if _, err := i.WriteFiles(filepath.Join(dir, "nowhere"), image.NewGray(image.Rect(0, 0, 8, 8)), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}
}

// A kernel that reads red alone, positive in the middle and negative at the left,
// is a patch with these pixels red and not, in grey.
func TestStemSheet(t *testing.T) {
	n, err := mgnet.New(mgnet.MgNet(8, 8, 3, 2, []int{2}, []int{1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	clear(n.Param("stem.conv").Data)
	put := func(y, x, in, out int, v float32) { n.Param("stem.conv").Data[((y*3+x)*3+in)*2+out] = v }
	put(1, 1, 0, 1, .5)
	put(1, 0, 0, 1, -.5)
	sheet, ok := stemSheet(n)
	if !ok || len(sheet.Sections[0].Tiles) != 2 {
		t.Fatalf("%t, %+v", ok, sheet)
	}
	tile := sheet.Sections[0].Tiles[1]
	pixel := func(y, x int) string {
		r, g, b, _ := tile.Picture.At(x, y).RGBA()
		return fmt.Sprint(r>>8, g>>8, b>>8)
	}
	if pixel(1, 1) != "255 128 128" || pixel(1, 0) != "1 128 128" || pixel(0, 0) != "128 128 128" || tile.Label != "1: ±0.5" {
		t.Errorf("middle %s, left %s, corner %s, %q; want 255 128 128, 1 128 128, 128 128 128, 1: ±0.5", pixel(1, 1), pixel(1, 0), pixel(0, 0), tile.Label)
	}
}

func ExampleInspect() {
	n, _ := mgnet.New(mgnet.MgNet(8, 8, 1, 3, []int{2}, []int{1, 1}), 1)
	i, _ := Inspect(n, make([]float32, 64))
	for _, s := range i.States {
		fmt.Println(s.Level, s.Leg, s.U != nil, s.R != nil, s.G != nil)
	}
	// Output:
	// 0 start false true true
	// 0 down true true true
	// 1 start true true true
	// 1 bottom true false true
}

// A model that is no walk has no states to show, and says so.
func TestInspectLayers(t *testing.T) {
	n, err := mgnet.New(mgnet.Dense(4, 4, 1, 3, []int{5}), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(n, make([]float32, 16)); err == nil || !strings.Contains(err.Error(), "no walk over levels") {
		t.Errorf("error %v", err)
	}
}
