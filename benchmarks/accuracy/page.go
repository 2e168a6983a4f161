package main

// The page: tables of all results, and curves of accuracy against time and work.

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// page writes README.md and the pictures beside the results.
func page() error {
	files, err := filepath.Glob(filepath.Join(results, "*.json"))
	if err != nil {
		return err
	}
	all := map[string][]result{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var r result
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		all[r.Name] = append(all[r.Name], r)
	}
	var b strings.Builder
	b.WriteString(`# Accuracies

Every row is the last epoch of every seed that was run; ± is the standard deviation
over the seeds. Accuracies are percentages of the test images, or of held-out training
images where a heading says so, without test-time augmentation unless the column says
so. PFLOP are 6 × multiply-adds × images, as executed. ` + "`go run ./benchmarks/accuracy page`" + `
makes this page from the files beside it, which hold commands, commits, machines, dates
and every epoch.
`)
	var groups []string
	for _, e := range experiments {
		if len(all[e.name]) > 0 && !slices.Contains(groups, e.group) {
			groups = append(groups, e.group)
		}
	}
	for _, group := range groups {
		var list []experiment
		for _, e := range experiments {
			if e.group == group && len(all[e.name]) > 0 {
				list = append(list, e)
			}
		}
		fmt.Fprintf(&b, "\n## %s\n\n", group)
		if group == chosen || group == chosenStandard {
			fmt.Fprintf(&b, "%d configurations were tried; these are all of them.\n\n", len(list))
		}
		if group == few {
			fmt.Fprint(&b, "The four of about 800 parameters, 0.01%, were trained beside other work: their seconds say nothing.\n\n")
		}
		table(&b, list, all)
		writeEffects(&b, group, all)
		if err := curves(&b, group, list, all); err != nil {
			return err
		}
		if group == few {
			if err := parameters(&b, list, all); err != nil {
				return err
			}
		}
	}
	return write(filepath.Join(results, "README.md"), []byte(b.String()))
}

// table writes a line for each experiment.
func table(w io.Writer, list []experiment, all map[string][]result) {
	supported := slices.ContainsFunc(list, func(e experiment) bool { return len(supports(all[e.name])) > 0 })
	header, line := "| | seeds | parameters | accuracy | with mirror | published | seconds | machine | PFLOP |", "|---|---|---|---|---|---|---|---|---|"
	if supported {
		header, line = header+" supports at the end |", line+"---|"
	}
	fmt.Fprintf(w, "%s\n%s\n", header, line)
	for _, e := range list {
		runs := all[e.name]
		slices.SortFunc(runs, func(a, b result) int { return a.Seed - b.Seed })
		var seeds []string
		for _, r := range runs {
			seeds = append(seeds, strconv.Itoa(r.Seed))
		}
		seconds := of(runs, "wall_s")
		if !e.trains() {
			seconds = of(runs, "train_s")
		}
		var mirror []float64
		for _, r := range runs {
			if v, ok := r.TTA["mirror"]; ok && e.mirrors() {
				mirror = append(mirror, v)
			}
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |", e.about, strings.Join(seeds, ", "),
			mean(of(runs, "parameters"), 1, 0), mean(of(runs, "test_accuracy"), 100, 2), mean(mirror, 100, 2), e.published, mean(seconds, 1, 0), vectors(runs), mean(of(runs, "pflop"), 1, 4))
		if supported {
			fmt.Fprintf(w, " %s |", strings.Join(supports(runs), "; "))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	for _, e := range list {
		r := all[e.name][0]
		fmt.Fprintf(w, "- %s: `%s`, commit %s, %s, %s\n", e.about, strings.TrimSuffix(r.Command, fmt.Sprintf(" --seed %d", r.Seed)), r.Commit, r.Machine, r.Date)
	}
}

// vectors are the instruction sets of the machines: seconds compare only within one.
func vectors(runs []result) string {
	var kinds []string
	for _, r := range runs {
		if kind := r.Machine[strings.LastIndex(r.Machine, " ")+1:]; !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, ", ")
}

// supports are those of the hat after each training.
func supports(runs []result) (list []string) {
	for _, r := range runs {
		levels, _ := r.Result["hat_support"].([]any)
		var text []string
		for _, v := range levels {
			text = append(text, fmt.Sprintf("%.3g", v))
		}
		if len(text) > 0 {
			list = append(list, strings.Join(text, ", "))
		}
	}
	return list
}

// of returns the values of a key.
func of(runs []result, key string) (values []float64) {
	for _, r := range runs {
		if v, ok := r.Result[key].(float64); ok {
			values = append(values, v)
		}
	}
	return values
}

// mean is the mean and, of several values that differ, the standard deviation.
func mean(values []float64, scale float64, digits int) string {
	if len(values) == 0 {
		return ""
	}
	m, d := stat.MeanStdDev(values, nil)
	if len(values) == 1 || d == 0 || math.IsNaN(d) || digits == 0 {
		return fmt.Sprintf("%.*f", digits, scale*m)
	}
	return fmt.Sprintf("%.*f ± %.*f", digits, scale*m, digits, scale*d)
}

// curves draws test accuracy against time and against work, with a line for each
// experiment: the mean of its seeds, with a dot at the end of each.
func curves(w io.Writer, group string, list []experiment, all map[string][]result) error {
	for _, axis := range []struct{ label, total, file string }{{"minutes", "", "time"}, {"PFLOP", "pflop", "work"}} {
		p, legend := newPlot(axis.label)
		for i, e := range list {
			points := middle(all[e.name], axis.total)
			if len(points) == 0 {
				continue
			}
			line, err := plotter.NewLine(points)
			if err != nil {
				return err
			}
			line.Color = plotutil.Color(i)
			if len(list) > len(plotutil.SoftColors) { // kinds of networks are four lines each
				line.Color, line.Dashes = plotutil.Color(i/4), plotutil.Dashes(i%4)
			}
			ends, err := plotter.NewScatter(last(all[e.name], axis.total))
			if err != nil {
				return err
			}
			ends.Shape, ends.Radius, ends.Color = draw.CircleGlyph{}, vg.Points(1.5), line.Color
			p.Add(line, ends)
			legend.Add(e.about, line)
			p.X.Min = 0
		}
		if p.X.Max <= p.X.Min { // nothing was trained
			continue
		}
		words := strings.FieldsFunc(strings.ToLower(group), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		file := strings.Join(append(words, axis.file), "-") + ".png"
		if err := save(p, legend, file); err != nil {
			return err
		}
		fmt.Fprintf(w, "\n![%s: test accuracy against %s](%s)\n", group, axis.label, file)
	}
	return nil
}

// middle is the mean over seeds of their curves, of as many epochs as all have.
func middle(runs []result, total string) (points plotter.XYs) {
	for k, r := range runs {
		curve := r.curve(total)
		if k == 0 {
			points = curve
		}
		points = points[:min(len(points), len(curve))]
		for i := range points { // a running mean
			if k > 0 {
				points[i].X += (curve[i].X - points[i].X) / float64(k+1)
				points[i].Y += (curve[i].Y - points[i].Y) / float64(k+1)
			}
		}
	}
	return points
}

// last are the ends of the curves.
func last(runs []result, total string) (points plotter.XYs) {
	for _, r := range runs {
		if curve := r.curve(total); len(curve) > 0 {
			points = append(points, curve[len(curve)-1])
		}
	}
	return points
}

// curve is test accuracy after each epoch, against minutes or against the share of a
// total.
func (r result) curve(total string) (points plotter.XYs) {
	if len(r.Metrics) < 2 {
		return nil
	}
	column := func(name string) int { return slices.Index(r.Metrics[0], name) }
	accuracy, seconds := column("test_accuracy"), column("seconds")
	if accuracy < 0 || seconds < 0 {
		return nil
	}
	sum, epochs := 0.0, float64(len(r.Metrics)-1)
	for i, row := range r.Metrics[1:] {
		y, _ := strconv.ParseFloat(row[accuracy], 64)
		s, _ := strconv.ParseFloat(row[seconds], 64)
		sum += s
		x := sum / 60
		if total != "" {
			all, _ := r.Result[total].(float64)
			x = all * float64(i+1) / epochs
		}
		points = append(points, plotter.XY{X: x, Y: 100 * y})
	}
	return points
}
