package mgnet

// Linear forecasts of time series, and the last value repeated: the baselines of all others.
// An input is a window of L values of each of V variables, Height V, Width 1, InChannels L;
// the outputs are the next H values of each, (N, V, 1, H). All variables share the weights,
// so each is a sample of its own and the number of variables is free. With linear maps W of L
// values to H, and the window x,
//
//	nlinear      y = W (x − x_L) + b + x_L
//	dlinear      y = W_s (x − M x) + b_s + W_t M x + b_t,   M the moving average
//	repeat-last  y = x_L
//
// (Zeng, Chen, Zhang, Xu, Are Transformers Effective for Time Series Forecasting?, AAAI
// 2023, section 4.2).

import (
	"fmt"

	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// LinearForecast is the configuration of a linear forecast.
type LinearForecast struct {
	Signature
	// Normalise brings each window to a common level and its forecast back: "last" takes
	// its last value off, "mean" its mean and divides by its standard deviation (RevIN
	// without weights), "" or "none" neither.
	Normalise string `json:"normalise,omitempty"`
	// Average, if not 0, is the width of a moving average, an odd number: the trend that it
	// makes and what it leaves have a map each.
	Average int `json:"average,omitempty"`
}

// hours is the usual window of the electricity transformer data: 336 hours of seven
// variables, and the 96 that follow.
var hours = Signature{Height: 7, Width: 1, InChannels: 336, Classes: 96}

var linearForecastFamily = family{"linear-forecast", parseAs[LinearForecast], []Named{
	{"nlinear", "NLinear (Zeng et al. 2023): a linear map of a window less its last value", false, false, hours, func(s Signature, _, _ []int) (Model, error) {
		return NewLinearForecast(s, "last", 0), nil
	}},
	{"dlinear", "DLinear (Zeng et al. 2023): linear maps of a window's trend and of the rest", false, false, hours, func(s Signature, _, _ []int) (Model, error) {
		return NewLinearForecast(s, "", 25), nil
	}},
}}

// NewLinearForecast is a linear forecast of windows with the sizes of s.
func NewLinearForecast(s Signature, normalise string, average int) LinearForecast {
	s.Family = "linear-forecast"
	return LinearForecast{s, normalise, average}
}

// String implements [Model].
func (c LinearForecast) String() string {
	return fmt.Sprintf("linear-forecast, window %d, horizon %d, normalise %s, average %d", c.InChannels, c.Classes, orNone(c.Normalise), c.Average)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (c LinearForecast) resized(h, w int) Model { c.Height, c.Width = h, w; return c }

func (c LinearForecast) validate() error {
	if c.Average != 0 && (c.Average < 0 || c.Average%2 == 0 || c.Average > 1<<14) {
		return fmt.Errorf("mgnet: average %d; want an odd width, or 0 for none", c.Average)
	}
	return validateNormalise(c.Normalise)
}

func validateNormalise(n string) error {
	return oneOf("normalise", n, "", "none", string(graph.ByLast), string(graph.ByMean))
}

func (c LinearForecast) features() []tensor.Shape { return windows(c.Signature) }

// windows are the shapes of the inputs and outputs of a forecast.
func windows(s Signature) []tensor.Shape {
	return []tensor.Shape{{H: s.Height, W: s.Width, C: s.InChannels}, {H: s.Height, W: s.Width, C: s.Classes}}
}

// levelled applies a forecast to windows x that are brought to a common level.
func (v *nodes) levelled(normalise string, x *graph.Node, forecast nodeMap) *graph.Node {
	if orNone(normalise) == "none" {
		return forecast(x)
	}
	by := graph.Level(normalise)
	return v.InstanceRestore(forecast(v.InstanceNorm(x, by)), x, by)
}

// linearForecastBody holds the map of what the trend leaves, or of the whole window, and
// that of the trend.
type linearForecastBody struct {
	LinearForecast
	rest, trend affine
}

func (c LinearForecast) layout(n *Network) body {
	b := &linearForecastBody{LinearForecast: c}
	if c.Average == 0 {
		b.rest = n.affine("linear", c.InChannels, c.Classes)
		return b
	}
	b.rest, b.trend = n.affine("seasonal", c.InChannels, c.Classes), n.affine("trend", c.InChannels, c.Classes)
	return b
}

func (b *linearForecastBody) scores(v *nodes, x *graph.Node) *graph.Node {
	return v.levelled(b.Normalise, x, func(x *graph.Node) *graph.Node {
		if b.Average == 0 {
			return v.affine(b.rest, x)
		}
		trend := v.MovingAverage(x, b.Average)
		return v.Add(v.affine(b.rest, v.Sub(x, trend)), v.affine(b.trend, trend))
	})
}

// names are those of the authors' code, cure-lab/LTSF-Linear.
func (b *linearForecastBody) names() (t table) {
	if b.Average == 0 {
		t.add("Linear", "linear")
		return t
	}
	t.add("Linear_Seasonal", "seasonal")
	t.add("Linear_Trend", "trend")
	return t
}

// RepeatLast is the configuration of the forecast that repeats the last value of a window. It
// has no parameters.
type RepeatLast struct{ Signature }

var repeatLastFamily = family{"repeat-last", parseAs[RepeatLast], []Named{
	{"repeat-last", "the last value of a window, repeated: no parameters", false, false, hours, func(s Signature, _, _ []int) (Model, error) {
		s.Family = "repeat-last"
		return RepeatLast{s}, nil
	}},
}}

// String implements [Model].
func (c RepeatLast) String() string {
	return fmt.Sprintf("repeat-last, window %d, horizon %d", c.InChannels, c.Classes)
}

func (c RepeatLast) resized(h, w int) Model   { c.Height, c.Width = h, w; return c }
func (c RepeatLast) validate() error          { return nil }
func (c RepeatLast) features() []tensor.Shape { return windows(c.Signature) }
func (c RepeatLast) layout(*Network) body     { return c }
func (c RepeatLast) names() table             { return nil }

// scores are zero, brought to the level of the window's last value.
func (c RepeatLast) scores(v *nodes, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	s := x.Shape()
	zero := v.Input("zero", []int{s[0], s[1], s[2], c.Classes}, make([]float32, s[0]*s[1]*s[2]*c.Classes))
	return v.InstanceRestore(zero, x, graph.ByLast)
}
