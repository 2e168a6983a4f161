package images

// The results as a table of means, and as a page of a report.

import (
	"fmt"
	"io"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"

	"mgtool/bridge/specification"
)

// Mean is a row over its seeds.
type Mean struct {
	Row
	Seeds      []uint64
	Parameters int
	MACs       int64
	Accuracies []float64 // on test images, one a seed, NaN of a training that failed
	Accuracy   float64   // the mean of those that did not fail
	Deviation  float64   // the standard deviation of these, NaN of a single one
	Seconds    float64   // the mean of one training
}

// Means gathers results by row, in their order.
func Means(results []Result) (list []Mean) {
	at := map[string]int{}
	for _, r := range results {
		i, ok := at[r.Row.Name()]
		if !ok {
			i, at[r.Row.Name()] = len(list), len(list)
			list = append(list, Mean{Row: r.Row, Parameters: r.Parameters, MACs: r.MACs})
		}
		m := &list[i]
		m.Seconds += (r.Seconds - m.Seconds) / float64(len(m.Seeds)+1)
		m.Seeds, m.Accuracies = append(m.Seeds, r.Seed), append(m.Accuracies, r.TestAccuracy)
	}
	for i := range list {
		var good []float64
		for _, v := range list[i].Accuracies {
			if !math.IsNaN(v) {
				good = append(good, v)
			}
		}
		list[i].Accuracy, list[i].Deviation = stat.Mean(good, nil), math.NaN()
		if len(good) > 1 {
			list[i].Deviation = stat.StdDev(good, nil)
		}
	}
	return list
}

// Page writes the results in Markdown; origin is a line on how they were made.
func Page(w io.Writer, origin string, results []Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, `# What is a trained operator of a classifier worth?

%s

Accuracies are percentages of the test images after the last epoch, every seed that was run;
± is the standard deviation over the seeds. Multiply-adds are those of an image, forward, as
executed: on the grids and channels that all rows share.

`, origin)
	names, about := Blocks()
	means := Means(results)
	percent := func(v float64) string {
		if math.IsNaN(v) {
			return "failed"
		}
		return fmt.Sprintf("%.2f", 100*v)
	}
	section := func(block, about string) {
		rows := 0
		for _, m := range means {
			if m.Block != block {
				continue
			}
			if rows++; rows == 1 {
				fmt.Fprintf(&b, "## %s: %s\n\n| A | B | R | Π | σ | norm | mixing | parameters | multiply-adds | accuracy | seeds %s | seconds |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
					block, about, strings.Trim(fmt.Sprint(m.Seeds), "[]"))
			}
			s := func(name string) specification.State { return m.Specification.Of(name).State }
			each := make([]string, len(m.Accuracies))
			for i, v := range m.Accuracies {
				each[i] = percent(v)
			}
			deviation := ""
			if !math.IsNaN(m.Deviation) {
				deviation = fmt.Sprintf(" ± %.2f", 100*m.Deviation)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %d | %.2f M | %s%s | %s | %.0f |\n", s("A"), s("B"), s("R"), s("Pi"), s("sigma"), s("norm"), s("mixing"),
				m.Parameters, float64(m.MACs)/1e6, percent(m.Accuracy), deviation, strings.Join(each, ", "), m.Seconds)
		}
		if rows > 0 {
			b.WriteString("\n")
		}
	}
	for i, name := range names {
		section(name, about[i])
	}
	section("own", "rows of the command")
	for _, r := range results {
		if r.Failed != "" {
			fmt.Fprintf(&b, "Failed: %s, seed %d: %s\n\n", r.Row.Name(), r.Seed, r.Failed)
		}
	}
	if worth := Worth(results); len(worth) > 0 {
		b.WriteString(`## What each change is worth

The difference of the means in points, with its 95% interval, and the change in parameters. In
a factorial the means are over the eight rows with and the eight without. The interval is by
Student's t; the deviation of one training is pooled over all rows of the blocks compared. The
intervals hold one by one, not all at once.

| change | points | interval | parameters | runs |
|---|---|---|---|---|
`)
		for _, c := range worth {
			interval := "unknown"
			if !math.IsNaN(c.Half) {
				interval = fmt.Sprintf("%+.2f to %+.2f", c.Points-c.Half, c.Points+c.Half)
			}
			fmt.Fprintf(&b, "| %s | %+.2f | %s | %+.0f%% | %d |\n", c.About, c.Points, interval, 100*c.Parameters, c.Runs)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
