package fuse

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"mgtool/internal/simd"
	"mgtool/tensor/gradtest"
)

// The error of Winograd's way, against that of plain sums, both against float64:
// the root mean square over that of the result. Bounds are above what is seen: 4e-7
// to 1.6e-6 with Winograd, 1.2e-2 with bfloat16, 8e-8 to 8e-7 without, growing with the number of
// channels; relu is the case that a network has, no negative inputs.
func TestWinogradError(t *testing.T) {
	for _, channels := range []int{16, 64, 256} {
		for _, positive := range []bool{false, true} {
			c := mustConv(t, Shape{2, 8, 8, channels}, channels, 3, 1, 1)
			x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
			if positive {
				relu(x)
			}
			wantY, wantX, wantW := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
			terms(c, func(e term) {
				wantY[e.y] += float64(w[e.w]) * float64(x[e.x])
				wantX[e.x] += float64(w[e.w]) * float64(dy[e.y])
				wantW[e.w] += float64(dy[e.y]) * float64(x[e.x])
			})
			ways(c, func(name string, c *Conv) {
				y, dx, dw := gradtest.NaNs(len(dy)), gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
				c.Forward(y, x, w)
				c.BackwardInput(dx, dy, w)
				c.BackwardWeight(dw, dy, x)
				rms, most := [3]float64{}, [3]float64{}
				for i, p := range []struct {
					got  []float32
					want []float64
				}{{y, wantY}, {dx, wantX}, {dw, wantW}} {
					size := 0.0
					for j, v := range p.got {
						e := float64(v) - p.want[j]
						rms[i] += e * e
						most[i] = max(most[i], math.Abs(e))
						size += p.want[j] * p.want[j]
					}
					rms[i] = math.Sqrt(rms[i] / size)
					most[i] /= math.Sqrt(size / float64(len(p.got)))
				}
				t.Logf("%d channels, relu %t, %s: rms %.1e, largest %.1e (y, dx, dw)", channels, positive, name, rms, most)
				bound := 1.2e-6
				if f, fast := c.forward.(*winograd); fast && f.bfloat16 {
					bound = .015
				} else if fast {
					bound = 2.6e-6
				}
				for i := range rms {
					if !(rms[i] < bound) || !(most[i] < 10*bound) {
						t.Errorf("%s: rms %.1e, largest %.1e; want below %.1e and ten times that", fmt.Sprint(channels, " channels by ", name), rms, most, bound)
					}
				}
			})
		}
	}
}

// Products of pairs of bfloat16 are those of the same numbers in float32, but for the
// rounding of sums.
func TestPairs(t *testing.T) {
	for _, k := range simd.All() {
		if k.Bfloat16 == nil {
			t.Logf("%s has no products of bfloat16", k.Name)
			continue
		}
		without := *k
		without.Bfloat16 = nil
		for _, channels := range [][2]int{{8, 8}, {16, 40}, {24, 33}, {33, 24}, {64, 96}} {
			c := mustConv(t, Shape{5, 9, 11, channels[0]}, channels[1], 3, 1, 1)
			x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
			var results [2][3][]float32
			for i, k := range []*simd.Kernels{k, &without} {
				half := *c
				h := half.planFor(k, true).Bfloat16()
				y, dx, dw := gradtest.NaNs(len(dy)), gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
				h.Forward(y, x, w)
				h.BackwardInput(dx, dy, w)
				h.BackwardWeight(dw, dy, x)
				results[i] = [3][]float32{y, dx, dw}
			}
			for i, got := range results[0] {
				var e, size float64
				for j, want := range results[1][i] {
					e += math.Pow(float64(got[j])-float64(want), 2)
					size += float64(want) * float64(want)
				}
				if rms := math.Sqrt(e / size); !(rms < 2e-6) {
					t.Errorf("%s, %s: pairs differ from their numbers by rms %.1e in %s", k.Name, label(c), rms, []string{"y", "dx", "dw"}[i])
				}
			}
		}
	}
}

// So many tiles that a block of the weight gradient takes them in several chunks,
// the last of them smaller; 256 channels have one block, whose cores share a chunk.
func TestWinogradWeightInChunks(t *testing.T) {
	for _, s := range []Shape{{150, 32, 32, 16}, {333, 4, 4, 256}} {
		c := mustConv(t, s, s.C, 3, 1, 1)
		x, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.Out.Len(), 2)
		want := gradtest.NaNs(c.WeightLen())
		for i, k := range simd.All()[:max(1, len(simd.All())-1)] { // plain Go would take long
			plain, fast := *c, *c
			plain.planFor(k, false)
			fast.planFor(k, true)
			if i == 0 {
				plain.BackwardWeight(want, dy, x)
			}
			got := gradtest.NaNs(len(want))
			fast.BackwardWeight(got, dy, x)
			var e, size float64
			for j, v := range want {
				e += (float64(got[j]) - float64(v)) * (float64(got[j]) - float64(v))
				size += float64(v) * float64(v)
			}
			if rms := math.Sqrt(e / size); !(rms < 1e-5) {
				t.Errorf("%s by %s: rms %.1e from the plain sum", label(c), k.Name, rms)
			}
		}
	}
}

// Where the weights are more than a cache holds, units have 8 tiles or more, in a power of
// two of units, and the cores share the planes of a single one: the same bits on any number
// of them, and the values of the product of matrices, to the rounding of Winograd's sums.
func TestWinogradUnitsOfManyWeights(t *testing.T) {
	for _, c := range []struct{ n, channels, units int }{{8, 128, 1}, {7, 128, 1}, {32, 128, 4}, {40, 128, 4}, {8, 16, 8}} {
		conv, err := NewConv(Shape{c.n, 4, 4, c.channels}, c.channels, Window{[2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		if got := conv.Passes().Forward.Units(); got != c.units {
			t.Errorf("%d images of one tile with %d channels: %d units, want %d", c.n, c.channels, got, c.units)
		}
		if c.n > 8 || c.channels < 128 {
			continue
		}
		x, w := gradtest.Random(conv.In.Len(), 1), gradtest.Random(conv.WeightLen(), 2)
		y, one, plain := gradtest.NaNs(conv.Out.Len()), gradtest.NaNs(conv.Out.Len()), gradtest.NaNs(conv.Out.Len())
		conv.Passes().Forward.Apply(y, x, w)
		threads := runtime.GOMAXPROCS(1)
		conv.Passes().Forward.Apply(one, x, w)
		runtime.GOMAXPROCS(threads)
		if !gradtest.SameBits(y, one) {
			t.Errorf("%d images: other bits on one thread", c.n)
		}
		slow := *conv
		slow.planFor(simd.Best(), false)
		slow.Passes().Forward.Apply(plain, x, w)
		for i, v := range y {
			if math.Abs(float64(v-plain[i])) > 1e-3 { // 34, of 1152 terms, is the deviation of a value
				t.Fatalf("%d images: value %d is %v, want %v", c.n, i, v, plain[i])
			}
		}
	}
}
