package main

// mgtool train KIND: what the verbs for all jobs have in common.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/tool"
)

// jobFlags describe a new training for a job.
type jobFlags struct {
	tool.TrainJob
	shape  shapeFlags
	recipe recipeFlags
}

// jobText is what the help of a job's verb says.
type jobText struct {
	Short, Long, Example string
	Data                 string // what --data takes
}

// trainJob makes the verb mgtool train KIND. flags adds those of the job's settings; check,
// if not nil, is called before the training begins, with the verb's flags set.
func (a *app) trainJob(j job.Job, text jobText, flags func(c *cobra.Command), check func(c *cobra.Command) error) *cobra.Command {
	f := jobFlags{TrainJob: tool.TrainJob{Job: j}}
	own := j.Recipe()
	c := &cobra.Command{
		Use: j.Kind(), Short: text.Short,
		Long: text.Long + `

The folder --out gets config.json, metrics.csv, checkpoint.safetensors and curves.png.
Ctrl-C saves a checkpoint, from which mgtool train --resume continues. mgtool eval and
mgtool predict take the folder with --run.`,
		Example: text.Example,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if check != nil {
				if err := check(c); err != nil {
					return err
				}
			}
			f.Seed, f.Recipe = a.seed, f.recipe.choice(c)
			var err error
			if f.Shape, err = f.shape.choice(); err != nil {
				return err
			}
			t, dir, err := f.Begin(c.Context(), reporter)
			if err != nil {
				return err
			}
			return a.runTraining(c, t, dir)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.Data, "data", "", text.Data)
	fl.StringVar(&f.shape.Model, "model", j.Models()[0], "model: "+strings.Join(j.Models(), ", ")+"; see mgtool model")
	addModelFile(c, &f.shape)
	addShape(c, &f.shape, gridChannels, false)
	hideUseless(f.shape.set, j.Models())
	flags(c)
	f.recipe.add(c, "", fmt.Sprintf("recipe: by default the job's own (%d epochs, batches of %d); or one of mgtool train --list-recipes, or a JSON file", own.Epochs, own.Batch))
	fl.IntVar(&f.Limit, "limit", 0, "train and test on the first K samples only; 0 is all")
	fl.IntVar(&f.HoldOut, "hold-out", 0, "test on every K-th training sample, held out, or on the part that the data provide for choosing settings, and not on the test samples; 0 holds none out")
	addRunFolder(c, &f.Out, &f.KeepBest, &f.KeepEvery)
	return c
}

// hideUseless leaves flags of the shape that none of these models has out of the help. What
// the data decide is among them.
func hideUseless(shape *pflag.FlagSet, models []string) {
	shape.VisitAll(func(f *pflag.Flag) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		f.Hidden = f.Name == "classes" || !slices.ContainsFunc(models, func(name string) bool {
			m, err := mgnet.Lookup(name)
			if err != nil {
				return false
			}
			made, err := m.Make(m.Usual, nil, nil)
			switch {
			case err != nil:
				return false
			case f.Name == "channels":
				return m.Channels
			case f.Name == "smoothings":
				return m.Levels
			}
			return mgnet.HasKey(made, key)
		})
	})
}

// showJobTraining prints the result of a training for a job.
func (a *app) showJobTraining(t *train.Trainer, sum train.Summary, dir string) error {
	last := t.History()
	if a.json {
		return printJSON(map[string]any{
			"job": t.Run().Job, "model": t.Network.Model.Sig().Family, "parameters": t.Network.Parameters(), "epochs": sum.Epochs,
			"loss": number(sum.Loss), "test_loss": number(sum.TestLoss), "train_accuracy": number(sum.TrainAccuracy), "test_accuracy": number(sum.TestAccuracy),
			"samples_per_s": number(sum.ImagesPerSecond), "wall_s": number(sum.Seconds), "run": dir, "hold_out": t.Run().HoldOut,
		})
	}
	const most = 20 // rows: the first half of them and the last
	rows := [][]any{{"epoch", "rate", "loss", "test loss", "train accuracy", "test accuracy", "samples/s"}}
	for i, e := range last {
		switch {
		case len(last) > most && i == most/2:
			rows = append(rows, []any{"…"})
			continue
		case len(last) > most && i > most/2 && i < len(last)-most/2:
			continue
		}
		rows = append(rows, []any{e.Epoch, cell{"%.2g", e.LearningRate}, cell{"%.4g", e.Loss}, cell{"%.4g", e.TestLoss}, cell{"%.4f", e.TrainAccuracy}, cell{"%.4f", e.TestAccuracy}, cell{"%.0f", e.ImagesPerSecond}})
	}
	printTable(rows...)
	fmt.Printf("\n%d parameters, %s in %.1f s; test loss %.4g", t.Network.Parameters(), counted(sum.Epochs, "epoch"), sum.Seconds, sum.TestLoss)
	if sum.TestAccuracy == sum.TestAccuracy {
		fmt.Printf(", test accuracy %.4f", sum.TestAccuracy)
	}
	fmt.Printf(" (last epoch)\n")
	statePart(t.Run())
	fmt.Printf("%s holds the run\n", printable(dir))
	return nil
}

// statePart prints which of its samples a run for a job is tested on, if not on all test
// samples.
func statePart(r runs.Run) {
	if r.HoldOut > 0 {
		fmt.Println("tested on what was held out for choosing settings, not on the test samples")
	}
	if r.Limit > 0 {
		fmt.Printf("--limit %d: no more samples of each part\n", r.Limit)
	}
}

// evalJob prints the evaluation of a run that has a job.
func (a *app) evalJob(c *cobra.Command, q tool.EvaluateJob) error {
	e, err := q.Evaluate(c.Context(), reporter)
	if err != nil {
		return err
	}
	if a.json {
		metrics := map[string]number{}
		for _, m := range e.Metrics {
			metrics[m.Name] = number(m.Value)
		}
		return printJSON(map[string]any{
			"run": q.Run, "job": e.Run.Job, "data": e.Run.Data, "model": e.Network.Model.Sig().Family, "parameters": e.Network.Parameters(),
			"samples": e.Samples, "hold_out": e.Run.HoldOut, "limit": e.Run.Limit, "loss": number(e.Loss), "test_accuracy": number(e.Accuracy), "metrics": metrics, "files": e.Files,
		})
	}
	rows := [][]any{{"metric", "value"}, {"loss", cell{"%.5g", e.Loss}}}
	for _, m := range e.Metrics {
		rows = append(rows, []any{m.Name, cell{"%.5g", m.Value}})
	}
	printTable(rows...)
	fmt.Printf("\n%s: job %s, %d samples of %s, %d parameters\n", printable(q.Run), e.Run.Job, e.Samples, printable(e.Run.Data), e.Network.Parameters())
	statePart(e.Run)
	for _, f := range e.Files {
		fmt.Println(printable(f))
	}
	return nil
}

// predictJob prints what the model of a run with a job makes of one file or folder.
func (a *app) predictJob(c *cobra.Command, run, checkpoint, path, out string) error {
	p, r, err := tool.PredictJob(c.Context(), run, checkpoint, path, out)
	if err != nil {
		return err
	}
	if a.json {
		rows := p.Rows
		if rows == nil {
			rows = [][]string{}
		}
		unreadable := p.Unread
		if unreadable == nil {
			unreadable = []tool.Unread{}
		}
		if err := printJSON(map[string]any{"run": run, "job": r.Job, "path": path, "columns": p.Columns, "rows": rows, "files": p.Files, "errors": unreadable}); err != nil {
			return err
		}
		return unread(p.Unread)
	}
	head := make([]any, len(p.Columns))
	for i, name := range p.Columns {
		head[i] = printable(name)
	}
	rows := [][]any{head}
	for _, line := range p.Rows {
		row := make([]any, len(line))
		for i, text := range line {
			row[i] = printable(text)
		}
		rows = append(rows, row)
	}
	if len(p.Rows) > 0 || len(p.Unread) == 0 {
		printTable(rows...)
	}
	for _, f := range p.Files {
		fmt.Println(printable(f))
	}
	return unread(p.Unread)
}
