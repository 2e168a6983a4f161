package main

// mgtool compare vision --factorial.

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgtool/bridge/images"
	"mgtool/internal/buildinfo"
	"mgtool/tool"
)

// imagesFlags choose the rows of a table of classifiers.
type imagesFlags struct {
	factorial     bool
	blocks        []string
	switches      []string
	specs         []string
	seeds         []uint
	results, page string
}

// imagesFlagNames are the flags of a table of rows, those that ask for one first.
var imagesFlagNames = []string{"factorial", "switches", "spec", "blocks", "seeds", "results", "page"}

// rowFlagNames are flags of a model's shape whose part is a switch of the rows.
var rowFlagNames = []string{"activation", "hat-support", "hat-trained", "norm", "depthwise"}

func (f *imagesFlags) add(c *cobra.Command) {
	names, _ := images.Blocks()
	fl := c.Flags()
	fl.BoolVar(&f.factorial, "factorial", false, "train every combination of fixed and learned A, B, R, Π, and the controls")
	fl.StringSliceVar(&f.blocks, "blocks", names, "parts of the factorial")
	fl.StringArrayVar(&f.switches, "switches", nil, "a row, such as A=fixed,B=start,mixing=learned; repeat for more rows")
	fl.StringArrayVar(&f.specs, "spec", nil, "file of a specification (.json) for a row, or of a list of them; repeat for more rows")
	fl.UintSliceVar(&f.seeds, "seeds", []uint{1, 2, 3}, "seeds of each row, in place of --seed")
	fl.StringVar(&f.results, "results", "", resultsUsage)
	fl.StringVar(&f.page, "page", "", "write the tables to this file (.md)")
}

// asked reports whether a table of rows is wanted.
func (f *imagesFlags) asked(c *cobra.Command) bool { return changed(c, imagesFlagNames) != "" }

// imagesBlocks lists the parts of the factorial for the help.
func imagesBlocks() string {
	var b strings.Builder
	names, about := images.Blocks()
	for i, name := range names {
		fmt.Fprintf(&b, "  %-8s%s\n", name, about[i])
	}
	return b.String()
}

func (a *app) compareImages(cmd *cobra.Command, v tool.CompareVision, f imagesFlags) error {
	switch {
	case !f.factorial && len(f.switches)+len(f.specs) == 0:
		return tool.Usagef("--%s is for a table of rows; want --factorial, --switches or --spec too", changed(cmd, imagesFlagNames))
	case len(v.Learn) > 0:
		return tool.Usagef("--learn and a table of rows; want --switches or --spec for rows of your own")
	case cmd.Flags().Changed("seed"):
		return tool.Usagef("--seed and a table of rows; want --seeds")
	case changed(cmd, rowFlagNames) != "":
		return tool.Usagef("--%s and a table of rows, which say it themselves; want sigma, norm and mixing in --switches or --spec", changed(cmd, rowFlagNames))
	case !f.factorial && cmd.Flags().Changed("blocks"):
		return tool.Usagef("--blocks are parts of --factorial; want both")
	}
	c := tool.CompareImages{
		Data: v.Data, Shape: v.Shape, Switches: f.switches, Specs: f.specs, Seeds: f.seeds, Epochs: v.Epochs, Batch: v.Batch,
		LearningRate: v.LearningRate, Limit: v.Limit, File: f.results, Page: f.page, Origin: madeBy(), Follow: trainingBar(),
		Begin: func(done, all int, row images.Row, seed uint64) {
			stage(fmt.Sprintf("%d/%d  %s, seed %d", done+1, all, row.Name(), seed))
		},
		Done: func(r images.Result) {
			reporter.Note(fmt.Sprintf("%s, seed %d: %.4f in %.0f s%s", r.Name(), r.Seed, r.TestAccuracy, r.Seconds, after("; ", r.Failed)))
		},
	}
	if f.factorial {
		c.Blocks = f.blocks
	}
	a.saves.Store(true)
	defer a.saves.Store(false)
	results, err := c.Run(cmd.Context(), reporter)
	halted := err != nil && cmd.Context().Err() != nil
	if err != nil && !halted {
		return err
	}
	kept := "nothing is kept without --results"
	if c.File != "" {
		kept = fmt.Sprintf("%d trainings are in %s; the same command goes on from there", len(results), c.File)
	}
	err = stopped(err, "%s", kept)
	if a.json {
		return cmp.Or(printJSON(imagesJSON(c, results, halted)), err)
	}
	printTable(imagesTable(results)...)
	if worth := images.Worth(results); len(worth) > 0 {
		fmt.Println()
		rows := [][]any{{"change", "points", "95% interval", "parameters"}}
		for _, w := range worth {
			interval := "unknown"
			if !math.IsNaN(w.Half) {
				interval = fmt.Sprintf("%+.2f to %+.2f", w.Points-w.Half, w.Points+w.Half)
			}
			rows = append(rows, []any{w.About, cell{"%+.2f", w.Points}, interval, cell{"%+.0f%%", 100 * w.Parameters}})
		}
		printTable(rows...)
	}
	fmt.Printf("\n%s, %s, seeds %s; last epoch\n", c.Data.Name, counted(c.Epochs, "epoch"), strings.Trim(fmt.Sprint(f.seeds), "[]"))
	return err
}

// madeBy is the command, with the program's commit and the day, for a page.
func madeBy() string {
	b := buildinfo.Read()
	return fmt.Sprintf("`%s`, commit %s, %s", strings.Join(append([]string{"mgtool"}, os.Args[1:]...), " "), b.Commit, time.Now().Format("2 January 2006"))
}

// after is text behind something, or nothing.
func after(something, text string) string {
	if text == "" {
		return ""
	}
	return something + text
}

// imagesTable arranges the means for printTable.
func imagesTable(results []images.Result) [][]any {
	table := [][]any{{"block", "row", "parameters", "multiply-adds", "test accuracy", "deviation", "seconds"}}
	for _, m := range images.Means(results) {
		table = append(table, []any{m.Block, m.Title(), m.Parameters, m.MACs, cell{"%.4f", m.Accuracy}, cell{"%.4f", m.Deviation}, cell{"%.0f", m.Seconds}})
	}
	return table
}

// imagesJSON is the table as an object.
func imagesJSON(c tool.CompareImages, results []images.Result, stopped bool) map[string]any {
	type row struct {
		Block      string            `json:"block"`
		Switches   map[string]string `json:"switches"`
		Seeds      []uint64          `json:"seeds"`
		Parameters int               `json:"parameters"`
		MACs       int64             `json:"macs"`
		Each       []number          `json:"test_accuracies"`
		Accuracy   number            `json:"test_accuracy"`
		Deviation  number            `json:"deviation"`
		Seconds    number            `json:"seconds"`
	}
	type change struct {
		Change     string   `json:"change"`
		Points     number   `json:"points"`
		Interval   []number `json:"interval"`
		Parameters number   `json:"parameters"`
		Runs       int      `json:"runs"`
	}
	rows, changes := []row{}, []change{}
	for _, m := range images.Means(results) {
		rows = append(rows, row{m.Block, m.Specification.Pairs(), m.Seeds, m.Parameters, m.MACs, numbers(m.Accuracies), number(m.Accuracy), number(m.Deviation), number(m.Seconds)})
	}
	for _, w := range images.Worth(results) {
		changes = append(changes, change{w.About, number(w.Points), numbers([]float64{w.Points - w.Half, w.Points + w.Half}), number(w.Parameters), w.Runs})
	}
	return map[string]any{"data": c.Data.Name, "epochs": c.Epochs, "rows": rows, "worth": changes, "stopped": stopped}
}
