package images

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgtool/bridge/results"
	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// The parameters of a row are those of its switches: 9 for a kernel of a channel, c² for a
// mixing, 9c² for a dense kernel; the rest is the same in all.
func TestParameters(t *testing.T) {
	const c = 4
	base := mgnet.NewMgNet(28, 28, 1, 10, []int{c}, []int{1, 1})
	base.ShareA, base.ShareB = "step", "step"
	const rest = 9*c + 2*c + 8*c + 4*c + 10*(c+1) // stem and its norm, 2 steps, R and Π, head
	kernels := map[string]int{"A": 2, "B": 2, "R": 1, "Pi": 1}
	for _, block := range []string{"mixed", "alone"} {
		rows, err := Factorial([]string{block})
		if err != nil || len(rows) != 16 {
			t.Fatal(len(rows), err)
		}
		seen := map[string]bool{}
		for _, r := range rows {
			m, err := Config(r.Specification, base)
			if err != nil {
				t.Fatalf("%s: %v", r.Name(), err)
			}
			want := rest
			for _, op := range factors {
				n := kernels[op]
				switch learned := r.Specification.Of(op).Learned(); {
				case block == "mixed" && learned:
					want += n * 9 * c * c
				case block == "mixed":
					want += n * c * c
				case learned:
					want += n * 9 * c
				}
			}
			if got := mgnet.Parameters(m); got != want {
				t.Errorf("%s: %d parameters, want %d", r.Name(), got, want)
			}
			seen[r.Name()] = true
		}
		if len(seen) != 16 {
			t.Errorf("%s: %d different rows of 16", block, len(seen))
		}
	}
	// The other blocks can be made, and everything learned is the paper's MgNet.
	names, _ := Blocks()
	rows, err := Factorial(names)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if _, err := Config(r.Specification, base); err != nil {
			t.Errorf("%s: %v", r.Name(), err)
		}
	}
	all, err := Config(states(specification.Anew), base)
	if err != nil || mgnet.Parameters(all) != mgnet.Parameters(base) {
		t.Errorf("all learned: %d parameters, %v; want %d", mgnet.Parameters(all), err, mgnet.Parameters(base))
	}
}

// Where all is fixed, σ and norm too, what is left to train is the stem, the head and P.
func TestEverySwitch(t *testing.T) {
	base := mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1})
	base.Cycle = "v"
	s, err := specification.Parse("A=fixed,B=random,R=fixed,P=start,Pi=fixed,sigma=fixed,norm=fixed,mixing=fixed")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Config(s, base)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mgnet.Parameters(c), 36+50+9*16; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	// The slopes of σ: one a channel behind each norm, which begins at ReLU or at 1/4.
	for value, start := range map[specification.State]float32{specification.Started: 0, specification.Anew: .25} {
		c, err := Config(states(value, "sigma"), base)
		if err != nil {
			t.Fatal(err)
		}
		n, err := mgnet.New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		if p := n.Param("level0.step0.norm1.slope"); p == nil || p.Fixed || p.Data[0] != start {
			t.Errorf("sigma=%s: slope %v, want trained from %g", value, p, start)
		}
	}
	// What a network's cycle or its parts do not have.
	down := base
	down.Cycle = "down"
	for text, want := range map[string]string{"B=start/apart": "operator B apart with cycle", "P=start": "operator P start with cycle", "A=random,share=cyclic:13": "share"} {
		s, err := specification.Parse(text)
		if err == nil {
			_, err = Config(s, down)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v; want one with %q", text, err, want)
		}
	}
}

// Levels share what the specification says, and where it says nothing what the network does.
func TestSharing(t *testing.T) {
	base := mgnet.NewMgNet(32, 32, 1, 10, []int{4}, []int{1, 1, 1})
	base.Cycle, base.ShareA = "v", "step"
	for text, want := range map[string]string{
		"A=learned": "step, level, , false", "share=levels": "all, all, all, false", "share=cyclic:2,B=learned/none": "cyclic:2, level, cyclic:2, false",
		"A=learned/none,B=start/apart": "step, level, , true", "R=learned/levels,P=learned/levels,Pi=learned/levels": "step, level, all, false",
	} {
		s, err := specification.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Config(s, base)
		if got := fmt.Sprintf("%s, %s, %s, %t", c.ShareA, c.ShareB, c.ShareR, c.Apart); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	base.ShareB = "all"
	if s, _ := specification.Parse("share=none"); s.Share != "none" {
		t.Error(s)
	} else if c, err := Config(s, base); err != nil || c.ShareB != "level" || c.ShareA != "step" {
		t.Errorf("share=none: A by %s, B by %s, %v", c.ShareA, c.ShareB, err)
	}
}

// sample is a small table on embedded images.
func sample(t *testing.T, file string) (Table, *vision.Dataset, *vision.Dataset) {
	t.Helper()
	training, test, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	training, _ = training.Limit(200)
	test, _ = test.Limit(100)
	recipe, err := runs.LookupRecipe("quick")
	if err != nil {
		t.Fatal(err)
	}
	recipe.Epochs, recipe.Batch = 1, 20
	base := mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1})
	base.StemStride = 2
	rows, err := Factorial([]string{"random", "start"})
	if err != nil {
		t.Fatal(err)
	}
	return Table{Setting: Setting{base, recipe, "sample", 200}, Rows: rows[:3], Seeds: []uint64{1, 2}, File: file}, training, test
}

// A table that is stopped goes on where it was, and ends as one that was not; another
// setting is refused.
func TestResume(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.json")
	table, training, test := sample(t, file)
	ctx, cancel := context.WithCancel(context.Background())
	table.Done = func(Result) { cancel() }
	first, err := Run(ctx, table, training, test)
	if len(first) != 1 || !errors.Is(err, context.Canceled) {
		t.Fatalf("%d results, %v; want 1, stopped", len(first), err)
	}
	trained := 0
	table.Done, table.Begin = nil, func(done, all int, _ Row, _ uint64) {
		if trained++; done != trained || all != 6 {
			t.Errorf("%d of %d done before training %d", done, all, trained)
		}
	}
	resumed, err := Run(context.Background(), table, training, test)
	if err != nil || trained != 5 || len(resumed) != 6 {
		t.Fatalf("%d trained, %d results, %v", trained, len(resumed), err)
	}
	table.File, table.Begin = "", nil
	whole, err := Run(context.Background(), table, training, test)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		a, b := resumed[i], whole[i]
		a.Seconds, b.Seconds = 0, 0
		if !reflect.DeepEqual(a, b) {
			t.Errorf("resumed %+v, at once %+v", a, b)
		}
	}
	table.File, table.Recipe.Epochs = file, 2
	if _, err := Run(context.Background(), table, training, test); err == nil || !strings.Contains(err.Error(), "another setting: recipe.epochs 1, now 2; want") {
		t.Errorf("two epochs: %v", err)
	}
	text := `{"format": "mgtool images table", "version": 1, "setting": {}, "results": [{"block": "own", "switches": {}, "test_accuracy": 7}]}`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Read(file); err == nil || !strings.Contains(err.Error(), "an accuracy of 7") {
		t.Errorf("an accuracy of 7: %v", err)
	}
	if err := os.WriteFile(file, []byte(`{"format": "mgtool images table", "rows": []}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), table, training, test); err == nil || !strings.Contains(err.Error(), `unknown key "rows"`) {
		t.Errorf("another file: %v", err)
	}
}

// A training that diverges is a row without accuracy, and kept as one.
func TestFailure(t *testing.T) {
	table, training, test := sample(t, filepath.Join(t.TempDir(), "table.json"))
	table.Rows, table.Seeds, table.Recipe.LearningRate = table.Rows[:1], []uint64{1}, 1e30
	for range 2 { // trained, then read
		results, err := Run(context.Background(), table, training, test)
		if err != nil || len(results) != 1 || !strings.Contains(results[0].Failed, "diverged") || !math.IsNaN(results[0].TestAccuracy) {
			t.Errorf("%+v, %v", results, err)
		}
	}
}

// The published results are rows of the factorial, which a table goes on from.
func TestPublishedResults(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "results", "bridge", "images.json")
	_, lines, err := results.Read[Setting, line](path, kind)
	if err != nil {
		t.Fatal(err)
	}
	_, list, err := Read(path)
	if err != nil || len(list) < 48 {
		t.Fatalf("%d results, %v", len(list), err)
	}
	names, _ := Blocks()
	rows, _ := Factorial(names)
	counts := map[string]int{}
	for i, r := range list {
		counts[r.Name()]++
		if !slices.ContainsFunc(rows, r.Row.same) {
			t.Errorf("%s is no row of the factorial", r.Name())
		}
		if got := r.Specification.Pairs(); !maps.Equal(got, lines[i].Switches) {
			t.Errorf("%v is written as %v", lines[i].Switches, got)
		}
	}
	if n := counts["mixed: A=fixed,B=fixed,R=fixed,Pi=fixed,mixing=learned"]; n != 3 {
		t.Errorf("%d results of all fixed; want 3", n)
	}
}

func TestRunErrors(t *testing.T) {
	base, training, test := sample(t, "")
	for want, change := range map[string]func(*Table){
		"0 rows":                  func(t *Table) { t.Rows = nil },
		"seed 1 twice":            func(t *Table) { t.Seeds = []uint64{1, 1} },
		"twice; want it once":     func(t *Table) { t.Rows = append(t.Rows, t.Rows[0]) },
		"one channel count":       func(t *Table) { t.Model.Channels = []int{4, 8}; t.Rows, _ = Factorial([]string{"alone"}) },
		"0 epochs":                func(t *Table) { t.Recipe.Epochs = 0 },
		`operator A: state "yes"`: func(t *Table) { t.Rows = []Row{{"own", states("yes", "A")}} },
	} {
		table := base
		table.Rows = slices.Clone(base.Rows)
		change(&table)
		if _, err := Run(context.Background(), table, training, test); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
	if _, err := Factorial([]string{"none"}); err == nil || !strings.Contains(err.Error(), "known: mixed, alone") {
		t.Error(err)
	}
}

// In a table whose accuracy is a sum of what each operator brings, and of noise that cancels
// in each cell, the worths are those sums, and the interval is Student's: with three seeds at
// −d, 0, d in each of 16 cells, s = d, 32 degrees of freedom, t = 2.0369, and a difference of
// means of 8 cells of 3 runs has the deviation s √(2/24).
func TestWorth(t *testing.T) {
	rows, err := Factorial([]string{"mixed"})
	if err != nil {
		t.Fatal(err)
	}
	brings := map[string]float64{"A": .01, "B": .04, "R": -.02, "Pi": 0}
	const d = .005
	var results []Result
	for _, r := range rows {
		accuracy := .5
		for _, op := range factors {
			if r.Specification.Of(op).Learned() {
				accuracy += brings[op]
			}
		}
		for seed, noise := range []float64{-d, 0, d} {
			results = append(results, Result{Row: r, Seed: uint64(seed), Parameters: 100, TestAccuracy: accuracy + noise})
		}
	}
	list := Worth(results)
	if len(list) != 4 {
		t.Fatalf("%d changes, want those of A, B, R, Π: %+v", len(list), list)
	}
	half := 100 * 2.0369 * d * math.Sqrt(2./24)
	for i, op := range factors {
		if c := list[i]; !(math.Abs(c.Points-100*brings[op]) <= 1e-9 && math.Abs(c.Half-half) <= 1e-4) || c.Runs != 48 {
			t.Errorf("%s: %+v, want %g ± %g", op, c, 100*brings[op], half)
		}
	}
	if list := Worth(results[:3]); len(list) > 0 {
		t.Errorf("of one row: %v", list)
	}
	// Every contrast names rows that the blocks have, none on both sides.
	names, _ := Blocks()
	all, _ := Factorial(names)
	for _, c := range contrasts() {
		for i, r := range slices.Concat(c.with, c.without) {
			if !slices.ContainsFunc(all, r.same) {
				t.Errorf("%s: no row %s", c.about, r.Name())
			}
			if i < len(c.with) && slices.ContainsFunc(c.without, r.same) {
				t.Errorf("%s: %s on both sides", c.about, r.Name())
			}
		}
	}
}

// A page has a table a block, a line a row with all its seeds, what failed, and what changes are
// worth where that is known.
func TestPage(t *testing.T) {
	rows, err := Factorial([]string{"mixed", "start"})
	if err != nil {
		t.Fatal(err)
	}
	var results []Result
	for i, r := range rows {
		for seed := range uint64(2) {
			results = append(results, Result{Row: r, Seed: seed + 1, Parameters: 100 + i, MACs: 2.5e6, TestAccuracy: .5 + .01*float64(seed), Seconds: 4})
		}
	}
	last := &results[len(results)-1]
	last.TestAccuracy, last.Failed = math.NaN(), "it diverged"
	page := func(results []Result) string {
		var b strings.Builder
		if err := Page(&b, "made by a test", results); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := page(results)
	for want, times := range map[string]int{
		"\nmade by a test\n": 1, "## mixed: ": 1, "## start: ": 1, "| A | B | R | Π | σ | norm | mixing |": 2, "accuracy | seeds 1 2 | seconds |": 2,
		" | 2.50 M | 50.50 ± 0.71 | 50.00, 51.00 | 4 |\n": 17, " | 2.50 M | 50.00 | 50.00, failed | 4 |\n": 1,
		"| fixed | fixed | fixed | fixed | fixed | learned | learned | 100 |": 1, "| start | start | start | start | fixed | learned | learned | 117 |": 1,
		"Failed: start: A=start,B=start,R=start,Pi=start,mixing=learned, seed 2: it diverged": 1,
		"## What each change is worth": 1, "| A learned, not fixed (mixed) | +0.00 | ": 1,
	} {
		if got := strings.Count(text, want); got != times {
			t.Errorf("%q is there %d times; want %d in\n%s", want, got, times, text)
		}
	}
	if text := page(results[:2]); strings.Contains(text, "worth\n\nThe difference") || strings.Contains(text, "## start") {
		t.Errorf("of one row:\n%s", text)
	}
}

func ExampleConfig() {
	base := mgnet.NewMgNet(32, 32, 3, 10, []int{32}, []int{1, 1, 1})
	for _, text := range []string{"A=learned", "A=fixed", "A=fixed,mixing=fixed"} {
		s, err := specification.Parse(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		c, err := Config(s, base)
		fmt.Println(text, mgnet.Parameters(c), err)
	}
	// Output:
	// A=learned 94058 <nil>
	// A=fixed 69482 <nil>
	// A=fixed,mixing=fixed 3914 <nil>
}
