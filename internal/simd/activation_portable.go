package simd

// Activations in plain Go. The assembly agrees with them up to rounding.

import "unsafe"

var activationsPortable = func() (k activationKernels) {
	for act := range activations {
		k.affine[act] = func(y, x, x0, a, c, theta *float32, rows, channels int, _ *int32) {
			activatePortable(act, none, y, nil, x, x0, a, c, theta, rows, channels)
		}
		k.addAffine[act] = func(y, u, x, x0, a, c, theta *float32, rows, channels int, _ *int32) {
			activatePortable(act, none, y, u, x, x0, a, c, theta, rows, channels)
		}
		k.gate[act] = func(g, dy, x, x0, a, c, theta *float32, rows, channels int, _ *int32) {
			activatePortable(act, byY, g, dy, x, x0, a, c, theta, rows, channels)
		}
		k.gateTheta[act] = func(g, dy, x, x0, a, c, theta *float32, rows, channels int, _ *int32) {
			activatePortable(act, byTheta, g, dy, x, x0, a, c, theta, rows, channels)
		}
	}
	for _, act := range []Activation{Identity, ReLU} { // no function follows the map
		k.affine[act], k.addAffine[act] = limitPortable, addLimitPortable
	}
	return k
}()

func limitPortable(y, x, x0, a, c, low *float32, rows, channels int, _ *int32) {
	ys, xs := unsafe.Slice(y, rows*channels), unsafe.Slice(x, rows*channels)
	x0s, as, cs := unsafe.Slice(x0, channels), unsafe.Slice(a, channels), unsafe.Slice(c, channels)
	for at := 0; at < len(xs); at += channels {
		n, low := len(x0s), *low
		row, out := xs[at:][:n], ys[at:][:n]
		as, cs := as[:n], cs[:n]
		for i, shift := range x0s {
			out[i] = max(as[i]*(row[i]-shift)+cs[i], low)
		}
	}
}

func addLimitPortable(y, u, x, x0, a, c, low *float32, rows, channels int, _ *int32) {
	ys, us, xs := unsafe.Slice(y, rows*channels), unsafe.Slice(u, rows*channels), unsafe.Slice(x, rows*channels)
	x0s, as, cs := unsafe.Slice(x0, channels), unsafe.Slice(a, channels), unsafe.Slice(c, channels)
	for at := 0; at < len(xs); at += channels {
		n, low := len(x0s), *low
		row, other, out := xs[at:][:n], us[at:][:n], ys[at:][:n]
		as, cs := as[:n], cs[:n]
		for i, shift := range x0s {
			out[i] = other[i] + max(as[i]*(row[i]-shift)+cs[i], low)
		}
	}
}

// derivative selects what a pass computes of an activation.
type derivative int

const (
	none    derivative = iota // σ(y), or u + σ(y)
	byY                       // u·∂σ/∂y
	byTheta                   // u·∂σ/∂θ
)

// activatePortable handles a part of a row at a time: first y before the activation, then
// the derivative's or the activation's own loop.
func activatePortable(act Activation, d derivative, out, u, x, x0, a, c, theta *float32, rows, channels int) {
	outs, xs := unsafe.Slice(out, rows*channels), unsafe.Slice(x, rows*channels)
	x0s, as, cs := unsafe.Slice(x0, channels), unsafe.Slice(a, channels), unsafe.Slice(c, channels)
	us := outs // not read
	if u != nil {
		us = unsafe.Slice(u, rows*channels)
	}
	var thetas []float32
	if act == PReLU || act == Hat {
		thetas = unsafe.Slice(theta, channels)
	}
	var buf [64]float32
	for at := 0; at < len(xs); at += channels {
		for first := 0; first < channels; first += len(buf) {
			last := min(first+len(buf), channels)
			y, row, out, other := buf[:last-first], xs[at+first:], outs[at+first:], us[at+first:]
			x0s, as, cs := x0s[first:last], as[first:last], cs[first:last]
			row, out, other = row[:len(y)], out[:len(y)], other[:len(y)]
			for i := range y {
				y[i] = as[i]*(row[i]-x0s[i]) + cs[i]
			}
			var theta []float32
			if thetas != nil {
				theta = thetas[first:last]
			}
			switch {
			case d == none && u == nil:
				act.values(y, theta)
				copy(out, y)
			case d == none:
				act.values(y, theta)
				for i, v := range y {
					out[i] = other[i] + v
				}
			default:
				copy(out, other)
				act.slopes(d, out, y, theta)
			}
		}
	}
}

// values sets y = σ(y; θ).
func (a Activation) values(y, theta []float32) {
	switch a {
	case PReLU:
		preluPortable(y, theta)
	case Hat:
		hatPortable(y, theta)
	case GELU:
		geluPortable(y)
	case Sigmoid:
		sigmoidPortable(y)
	case Tanh:
		tanhPortable(y)
	case Heaviside:
		heavisidePortable(y)
	}
}

// slopes sets g = g·∂σ/∂y or g·∂σ/∂θ.
func (a Activation) slopes(d derivative, g, y, theta []float32) {
	switch {
	case a == PReLU && d == byY:
		preluSlopePortable(g, y, theta)
	case a == PReLU:
		preluThetaPortable(g, y)
	case a == Hat && d == byY:
		hatSlopePortable(g, y, theta)
	case a == Hat:
		hatThetaPortable(g, y, theta)
	case a == GELU:
		geluSlopePortable(g, y)
	case a == Sigmoid:
		sigmoidSlopePortable(g, y)
	case a == Tanh:
		tanhSlopePortable(g, y)
	}
}

func preluPortable(y, theta []float32) {
	for i, v := range y {
		if v <= 0 {
			y[i] = theta[i] * v
		}
	}
}

func preluSlopePortable(g, y, theta []float32) {
	for i, v := range y {
		if v <= 0 {
			g[i] *= theta[i]
		}
	}
}

func preluThetaPortable(g, y []float32) {
	for i, v := range y {
		g[i] *= min(v, 0)
	}
}

func hatPortable(y, theta []float32) {
	for i, v := range y {
		y[i] = max(0, min(v, theta[i]-v))
	}
}

func hatSlopePortable(g, y, theta []float32) {
	for i, v := range y {
		switch m := theta[i]; {
		case v <= 0 || v > m:
			g[i] = 0
		case v > m-v:
			g[i] = -g[i]
		}
	}
}

func hatThetaPortable(g, y, theta []float32) {
	for i, v := range y {
		if m := theta[i]; v <= m-v || v > m {
			g[i] = 0
		}
	}
}

func geluPortable(y []float32) {
	for i, v := range y {
		v = max(v, geluLow)
		y[i] = v * geluHalf(&geluValue, v)
	}
}

func geluSlopePortable(g, y []float32) {
	for i, v := range y {
		g[i] *= geluHalf(&geluSlope, max(v, geluLow))
	}
}

// geluHalf is ½ + t·P(w) with the constants of a table, for y ≥ −L.
func geluHalf(k *table, y float32) float32 {
	t := min(y, geluHigh)
	w := t*t*k[2][0] + k[3][0]
	s := w * w
	even := ((((((k[5][0]*s+k[6][0])*s+k[7][0])*s+k[8][0])*s+k[9][0])*s+k[10][0])*s+k[11][0])*s + k[12][0]
	odd := (((((k[13][0]*s+k[14][0])*s+k[15][0])*s+k[16][0])*s+k[17][0])*s+k[18][0])*s + k[19][0]
	return t*(odd*w+even) + k[4][0]
}

func sigmoidPortable(y []float32) {
	for i, v := range y {
		y[i] = sigmoidLess(v) + sigmoidValue[2][0]
	}
}

func sigmoidSlopePortable(g, y []float32) {
	for i, v := range y {
		s := sigmoidLess(v) + sigmoidValue[2][0]
		g[i] *= s - s*s
	}
}

func tanhPortable(y []float32) {
	for i, v := range y {
		h := sigmoidLess(v + v)
		y[i] = h + h
	}
}

func tanhSlopePortable(g, y []float32) {
	for i, v := range y {
		h := sigmoidLess(v + v)
		h += h
		g[i] -= g[i] * (h * h)
	}
}

// sigmoidLess is the sigmoid minus ½, t·P(t²)/Q(t²).
func sigmoidLess(y float32) float32 {
	k := &sigmoidValue
	t := min(max(y, k[0][0]), k[1][0])
	u := t * t
	p := ((k[3][0]*u+k[4][0])*u+k[5][0])*u + k[6][0]
	q := (((k[7][0]*u+k[8][0])*u+k[9][0])*u+k[10][0])*u + k[11][0]
	return t * p / q
}

func heavisidePortable(y []float32) {
	for i, v := range y {
		switch {
		case v > 0:
			y[i] = 1
		case v <= 0:
			y[i] = 0
		}
	}
}
