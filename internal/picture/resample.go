package picture

// Resampling that needs memory for a few rows only, whatever the shape.

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// Resample scales a part of img to w x h pixels with the kernel k of Catmull and Rom,
// first along rows, then along columns. From m pixels v, pixel i of n is, with s = m/n,
//
//	Σ_j k((c − j)/max(1, s)) v_j / Σ_j k((c − j)/max(1, s)),   c = (i + 1/2)·s − 1/2.
//
// It calls set once per pixel, with 16 bits per channel and colours multiplied by alpha,
// that is, blended with black. The bits are those of golang.org/x/image/draw, which needs
// memory for w times the height of the part. If the part is so long and thin that
// scaling its columns first is much cheaper, they come first.
func Resample(img image.Image, part image.Rectangle, w, h int, set func(x, y int, c color.RGBA64)) {
	across, down := newAxis(part.Dx(), w), newAxis(part.Dy(), h)
	const much = 4
	if across.cost()*part.Dy()+w*down.cost() > much*(down.cost()*part.Dx()+h*across.cost()) {
		part = part.Sub(img.Bounds().Min)
		part = image.Rect(part.Min.Y, part.Min.X, part.Max.Y, part.Max.X)
		img, across, down = turn(img, 5), down, across
		upright := set
		set = func(x, y int, c color.RGBA64) { upright(y, x, c) }
	}
	across.tabulate()
	r := &resampler{line: newScanline(img, part), across: across, down: down, set: set}
	if down.scale > 1 {
		r.shrink()
	} else {
		r.enlarge()
	}
}

// axis is the resampling of a row or a column.
type axis struct {
	from, to     int
	scale        float64     // source pixels per pixel of the result
	half, narrow float64     // half the width of a window; factor on the kernel's argument
	table        [][]float64 // the weights of each window; nil if there are too many to keep
}

func newAxis(from, to int) *axis {
	a := &axis{from: from, to: to, scale: float64(from) / float64(to), half: draw.CatmullRom.Support, narrow: 1}
	if a.scale > 1 {
		a.half *= a.scale
		a.narrow = 1 / a.scale
	}
	return a
}

// cost is approximately the number of weights.
func (a *axis) cost() int { return 4 * max(a.from, a.to) }

// tabulate computes all weights in advance, unless there are too many to keep.
func (a *axis) tabulate() {
	if a.cost() > 1<<18 {
		return
	}
	a.table = make([][]float64, a.to)
	for i := range a.table {
		first, last, centre := a.window(i)
		for j := first; j < last; j++ {
			a.table[i] = append(a.table[i], a.weight(centre, j))
		}
	}
}

// window returns the source pixels of pixel i, and its centre among them.
func (a *axis) window(i int) (first, last int, centre float64) {
	centre = float64((float64(i)+0.5)*a.scale) - 0.5
	return max(0, int(math.Floor(centre-a.half))), min(a.from, int(math.Ceil(centre+a.half))), centre
}

// weight returns the weight of source pixel j.
func (a *axis) weight(centre float64, j int) float64 {
	t := math.Abs((centre - float64(j)) * a.narrow)
	if t >= draw.CatmullRom.Support {
		return 0
	}
	return draw.CatmullRom.At(t)
}

// pixel is a colour multiplied by alpha, followed by alpha.
type pixel = [4]float64

type resampler struct {
	line         *scanline
	across, down *axis
	set          func(x, y int, c color.RGBA64)
}

// sum is a row of weighted sums and their total weight.
type sum struct {
	pixels []pixel
	weight float64
}

func (r *resampler) newRow() []pixel { return make([]pixel, r.across.to) }

func (s *sum) add(row []pixel, weight float64) {
	if weight == 0 {
		return
	}
	s.weight += weight
	pixels := s.pixels[:len(row)]
	for i := range row {
		p, v := &pixels[i], &row[i]
		p[0] += float64(v[0] * weight)
		p[1] += float64(v[1] * weight)
		p[2] += float64(v[2] * weight)
		p[3] += float64(v[3] * weight)
	}
}

// row scales row y of the source.
func (r *resampler) row(y int, into []pixel) {
	r.line.begin(y)
	for i := range into {
		first, last, centre := r.across.window(i)
		var red, green, blue, alpha, total float64
		for j := first; j < last; {
			values := r.line.from(j)
			values = values[:min(len(values), last-j)]
			var weights []float64
			if r.across.table != nil {
				weights = r.across.table[i][j-first:]
			}
			for k := range values {
				var w float64
				if weights != nil {
					w = weights[k]
				} else {
					w = r.across.weight(centre, j+k)
				}
				v := &values[k]
				total += w
				red += float64(v[0] * w)
				green += float64(v[1] * w)
				blue += float64(v[2] * w)
				alpha += float64(v[3] * w)
			}
			j += len(values)
		}
		scale := 1 / total / 0xffff
		into[i] = pixel{red * scale, green * scale, blue * scale, alpha * scale}
	}
}

// enlarge computes each row from the few source rows around it.
func (r *resampler) enlarge() {
	var rows [8][]pixel // a window has at most 5
	for i := range rows {
		rows[i] = r.newRow()
	}
	next := 0
	s := sum{pixels: r.newRow()}
	for i := range r.down.to {
		first, last, centre := r.down.window(i)
		for ; next < last; next++ {
			r.row(next, rows[next%len(rows)])
		}
		for j := first; j < last; j++ {
			s.add(rows[j%len(rows)], r.down.weight(centre, j))
		}
		r.emit(i, &s)
	}
}

// shrink adds each source row to the few rows whose windows contain it.
func (r *resampler) shrink() {
	row := r.newRow()
	var open, free []*sum // open[0] belongs to row done
	done := 0
	for j := range r.down.from {
		r.row(j, row)
		for i := done + len(open); i < r.down.to; i++ {
			if first, _, _ := r.down.window(i); first > j {
				break
			}
			if len(free) == 0 {
				free = append(free, &sum{pixels: r.newRow()})
			}
			open, free = append(open, free[len(free)-1]), free[:len(free)-1]
		}
		ended := 0
		for k, s := range open {
			_, last, centre := r.down.window(done + k)
			s.add(row, r.down.weight(centre, j))
			if last == j+1 {
				r.emit(done+k, s)
				ended++
			}
		}
		free = append(free, open[:ended]...)
		open = append(open[:0], open[ended:]...)
		done += ended
	}
}

// emit passes a finished row to set and clears its sums.
func (r *resampler) emit(y int, s *sum) {
	scale := 1 / s.weight
	for x, p := range s.pixels {
		r.set(x, y, color.RGBA64{
			R: whole(min(p[0], p[3]) * scale), G: whole(min(p[1], p[3]) * scale), B: whole(min(p[2], p[3]) * scale),
			A: whole(p[3] * scale),
		})
	}
	clear(s.pixels)
	s.weight = 0
}

// whole converts a value in [0, 1] to 16 bits.
func whole(v float64) uint16 {
	return uint16(min(max(int32(float64(0xffff*v)+0.5), 0), 0xffff))
}
