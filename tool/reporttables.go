package tool

// Tables that other commands have measured, for a page.

import (
	"encoding/json"
	"math"

	"mgtool/bridge/images"
	"mgtool/bridge/report"
	"mgtool/internal/strictjson"
)

// pdeTable is the JSON of mgtool compare pde, as far as a page needs it; null stands for a number that
// is not finite.
type pdeTable struct {
	Problem string `json:"problem"`
	Sizes   []int  `json:"sizes"`
	Pre     int    `json:"pre"`
	Post    int    `json:"post"`
	Rows    []struct {
		Cycle      string     `json:"cycle"`
		Seed       *uint64    `json:"seed"`
		Parameters int        `json:"parameters"`
		Factors    []*float64 `json:"factors"`
	} `json:"rows"`
	Worth []struct {
		Operator string     `json:"operator"`
		Pairs    int        `json:"pairs"`
		Ratio    []*float64 `json:"ratio"`
		Low      []*float64 `json:"low"`
		High     []*float64 `json:"high"`
	} `json:"worth"`
}

// readPDETable reads it, and gathers the seeds of a cycle.
func readPDETable(path string) (*report.PDE, error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return nil, Usagef("--pde: %w", err)
	}
	const want = "the output of mgtool compare pde --json"
	var t pdeTable
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, Usagef("--pde %s: %w; want %s", path, err, want)
	}
	if len(t.Rows) == 0 || len(t.Sizes) == 0 {
		return nil, Usagef("--pde %s has %d rows for %d sizes; want %s", path, len(t.Rows), len(t.Sizes), want)
	}
	p := &report.PDE{File: path, Problem: t.Problem, Sizes: t.Sizes, Pre: t.Pre, Post: t.Post}
	at := map[string]int{}
	logs := map[string][][]float64{} // of a cycle, on each size
	for _, r := range t.Rows {
		if len(r.Factors) != len(t.Sizes) {
			return nil, Usagef("--pde %s: %q has %d factors for %d sizes; want %s", path, r.Cycle, len(r.Factors), len(t.Sizes), want)
		}
		if _, ok := at[r.Cycle]; !ok {
			at[r.Cycle] = len(p.Rows)
			p.Rows = append(p.Rows, report.PDERow{Cycle: r.Cycle, Parameters: r.Parameters})
			logs[r.Cycle] = make([][]float64, len(t.Sizes))
		}
		row := &p.Rows[at[r.Cycle]]
		if r.Seed != nil {
			row.Seeds = append(row.Seeds, *r.Seed)
		}
		for i, f := range r.Factors {
			if f == nil || !(*f > 0) {
				return nil, Usagef("--pde %s: %q has a factor that is no positive number; want %s", path, r.Cycle, want)
			}
			logs[r.Cycle][i] = append(logs[r.Cycle][i], math.Log(*f))
		}
	}
	for i := range p.Rows {
		row := &p.Rows[i]
		for _, list := range logs[row.Cycle] {
			sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
			for _, l := range list {
				sum, low, high = sum+l, min(low, l), max(high, l)
			}
			row.Mean, row.Low, row.High = append(row.Mean, math.Exp(sum/float64(len(list)))), append(row.Low, math.Exp(low)), append(row.High, math.Exp(high))
		}
	}
	for _, w := range t.Worth {
		if len(w.Ratio) != len(t.Sizes) || len(w.Low) != len(t.Sizes) || len(w.High) != len(t.Sizes) {
			return nil, Usagef("--pde %s: the worth of %s is not one for each of %d sizes; want %s", path, w.Operator, len(t.Sizes), want)
		}
		for i, n := range t.Sizes {
			if w.Ratio[i] != nil && *w.Ratio[i] > 0 {
				p.Worth = append(p.Worth, report.Effect{About: w.Operator + " learned, not fixed", N: n, Value: *w.Ratio[i], Low: w.Low[i], High: w.High[i], Runs: w.Pairs})
			}
		}
	}
	return p, nil
}

// readImagesTable reads the results of mgtool compare vision --factorial.
func readImagesTable(path string) (*report.Images, error) {
	setting, results, err := images.Read(path)
	if err != nil {
		return nil, Usagef("--images: %w", err)
	}
	if len(results) == 0 {
		return nil, Usagef("--images %s has no results; want one or more", path)
	}
	r := &report.Images{File: path, Data: setting.Data, Epochs: setting.Recipe.Epochs}
	for _, m := range images.Means(results) {
		row := report.ImageRow{Block: m.Block, Parameters: m.Parameters, Seeds: m.Seeds, Accuracy: finite(m.Accuracy), Deviation: finite(m.Deviation)}
		for _, part := range []string{"A", "B", "R", "Pi", "sigma", "norm", "mixing"} {
			row.Switches = append(row.Switches, string(m.Specification.Of(part).State))
		}
		r.Rows = append(r.Rows, row)
	}
	for _, w := range images.Worth(results) {
		e := report.Effect{About: w.About, Value: w.Points, Runs: w.Runs}
		if half := finite(w.Half); half != nil {
			low, high := w.Points-*half, w.Points+*half
			e.Low, e.High = &low, &high
		}
		r.Worth = append(r.Worth, e)
	}
	return r, nil
}
