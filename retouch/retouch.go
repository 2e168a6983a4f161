// Package retouch edits pictures in the gradient domain (Pérez, Gangnet & Blake, "Poisson
// image editing", SIGGRAPH 2003): inside a mask, the result has prescribed differences
// between neighbouring pixels, and at the mask's edge it meets the picture around it.
//
// With the pixels p of the mask, their up to four neighbours q in the picture, the given
// picture t and prescribed differences v, the result f is t outside the mask and inside
//
//	Σ_q (f_p − f_q) = Σ_q v_pq,   v_qp = −v_pq,
//
// which is Poisson's equation with Dirichlet values around the mask and none on the border
// of the picture. What v is makes the effect: differences of another picture ([Clone]),
// zero ([Inpaint]), or those of t at edges alone ([Flatten]). Package multigrid solves it.
//
// Values are those that the file stores, gamma and all, as in the paper.
package retouch

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"time"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// Report says how an edit went.
type Report struct {
	Pixels    int     // in the mask
	Cycles    int     // of multigrid, all channels together
	Levels    int     // of grids
	Precision float64 // estimate of the largest error of f before it is rounded; white is 1
	Clipped   int     // values of f below 0 or above 1, over all channels
	Setup     time.Duration
	Solve     time.Duration
	Width     int // of the grid that the mask was solved on
	Height    int
	Channels  int
}

// Clone is target with source copied into it seamlessly: inside the mask it has the
// differences of source. The mask has the size of source, and its pixels lighter than half
// are in; nil is all of source. Pixel (0, 0) of source comes to at in target; what falls
// outside target is left out. With mixed, each difference is that of source or of target,
// whichever is larger, so that a texture behind the object stays visible.
//
// The result has the depth, the channels and the alpha of target. Alpha of source does not
// matter. Where the mask is all of target, the mean of each channel is kept.
func Clone(ctx context.Context, target, source, mask image.Image, at image.Point, mixed bool) (image.Image, *Report, error) {
	t := planesOf(target)
	s := planesOf(source).withChannels(len(t.channels))
	var own []bool // in the coordinates of source
	if mask != nil {
		if mask.Bounds().Size() != source.Bounds().Size() {
			return nil, nil, fmt.Errorf("retouch: a mask of %v for a source of %v pixels; want the same size", sizeOf(mask), sizeOf(source))
		}
		own = maskOf(mask)
	}
	in := make([]bool, t.width*t.height)
	for y := range t.height {
		for x := range t.width {
			sx, sy := x-at.X, y-at.Y
			in[y*t.width+x] = sx >= 0 && sy >= 0 && sx < s.width && sy < s.height && (own == nil || own[sy*s.width+sx])
		}
	}
	return edit(ctx, t, in, func(c int) differences {
		from, to := s.channels[c], t.channels[c]
		return func(p, q point) float64 {
			// Beyond source there are no differences.
			d, e := q.x-at.X, q.y-at.Y
			v := 0.0
			if d >= 0 && e >= 0 && d < s.width && e < s.height {
				v = float64(from[(p.y-at.Y)*s.width+p.x-at.X]) - float64(from[e*s.width+d])
			}
			if mixed {
				if w := float64(to[p.y*t.width+p.x]) - float64(to[q.y*t.width+q.x]); math.Abs(w) > math.Abs(v) {
					return w
				}
			}
			return v
		}
	}, true)
}

// Inpaint is the picture with the pixels of the mask, those lighter than half, filled by
// the smoothest values that meet the pixels around: a membrane. The mask has the size of
// the picture. A mask that leaves no pixel is an error.
func Inpaint(ctx context.Context, picture, mask image.Image) (image.Image, *Report, error) {
	t := planesOf(picture)
	in, err := t.mask(mask)
	if err != nil {
		return nil, nil, err
	}
	return edit(ctx, t, in, func(int) differences {
		return func(_, _ point) float64 { return 0 }
	}, false)
}

// Flatten is the picture without its texture inside the mask: differences stay where
// those of some channel exceed threshold, of a range of 1, and become zero elsewhere. A nil
// mask is the whole picture, whose mean is then kept.
func Flatten(ctx context.Context, picture, mask image.Image, threshold float64) (image.Image, *Report, error) {
	if !(threshold >= 0 && threshold <= 1) {
		return nil, nil, fmt.Errorf("retouch: threshold %g; want 0 to 1", threshold)
	}
	t := planesOf(picture)
	in, err := t.mask(mask)
	if err != nil {
		return nil, nil, err
	}
	return edit(ctx, t, in, func(c int) differences {
		return func(p, q point) float64 {
			a, b := p.y*t.width+p.x, q.y*t.width+q.x
			for _, other := range t.channels {
				if math.Abs(float64(other[a])-float64(other[b])) > threshold*white {
					return float64(t.channels[c][a]) - float64(t.channels[c][b])
				}
			}
			return 0
		}
	}, true)
}

// white is the value of a sample that stands for 1.
const white = 0xffff

// point is a pixel.
type point struct{ x, y int }

// differences are v_pq of a channel, for neighbours p in the mask and q in the picture.
type differences func(p, q point) float64

// edit solves every channel of t and returns the result. free tells that a mask of all
// pixels is meaningful.
func edit(ctx context.Context, t *planes, in []bool, of func(channel int) differences, free bool) (image.Image, *Report, error) {
	begin := time.Now()
	r, err := newRegion(in, t.width, t.height)
	if err != nil {
		return nil, nil, err
	}
	if r.whole && !free {
		return nil, nil, errors.New("retouch: the mask covers the whole picture; want one that leaves some pixels to start from")
	}
	report := &Report{
		Pixels: r.pixels, Width: r.grid.N[0], Height: r.grid.N[1], Channels: len(t.channels),
		Levels: r.solver.Levels(), Setup: time.Since(begin),
	}
	begin = time.Now()
	result := &planes{width: t.width, height: t.height, deep: t.deep, alpha: t.alpha}
	for c, from := range t.channels {
		correction, err := r.channel(ctx, from, of(c), report)
		if err != nil {
			return nil, report, err
		}
		to := append([]uint16(nil), from...)
		report.Clipped += r.add(to, correction)
		result.channels = append(result.channels, to)
	}
	report.Solve = time.Since(begin)
	return result.image(), report, nil
}

// channel finds f − t of a channel.
func (r *region) channel(ctx context.Context, t []uint16, v differences, report *Report) (*pde.Field[float64], error) {
	b := r.field()
	parallel.For(r.height, 1+1<<14/r.width, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			r.data(b, j, t, v)
		}
	})
	return r.solve(ctx, b, report)
}

// data sets row j of b = Σ_q v_pq − (t_p − t_q), in units of white.
func (r *region) data(b *pde.Field[float64], j int, t []uint16, v differences) {
	row := b.Row(r.row(j), 0)
	y := r.y + j
	for i := range r.width {
		x := r.x + i
		if !r.in[y*r.across+x] {
			continue
		}
		p, sum := point{x, y}, 0.0
		own := float64(t[y*r.across+x])
		for _, q := range [4]point{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if q.x >= 0 && q.y >= 0 && q.x < r.across && q.y < r.down {
				sum += v(p, q) - (own - float64(t[q.y*r.across+q.x]))
			}
		}
		row[r.column(i)] = sum / white
	}
}

// add adds a correction to a channel and counts the values that it had to clip.
func (r *region) add(t []uint16, correction *pde.Field[float64]) (clipped int) {
	const slack = .5 / white // a value that rounds to the end is not clipped
	for j := range r.height {
		row := correction.Row(r.row(j), 0)
		for i := range r.width {
			p := (r.y+j)*r.across + r.x + i
			if !r.in[p] {
				continue
			}
			f := float64(t[p])/white + row[r.column(i)]
			if f < -slack || f > 1+slack {
				clipped++
			}
			t[p] = uint16(math.Round(white * min(max(f, 0), 1)))
		}
	}
	return clipped
}
