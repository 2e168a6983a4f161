package tool

import (
	"context"
	"errors"
	"image"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/bridge"
	"mgtool/bridge/feature"
	"mgtool/vision"
)

// Whatever compares or learns has, when it is stopped, what it has finished until then, with the
// error of its context.
func TestStoppedInBetween(t *testing.T) {
	dir := t.TempDir()
	picture := filepath.Join(dir, "grey.png")
	if err := vision.WritePNG(picture, image.NewGray(image.Rect(0, 0, 15, 15))); err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(dir, "model.json")
	for name, c := range map[string]struct {
		at  string // what is reported when it is stopped
		run func(ctx context.Context, r Reporter) (done int, err error)
		all int
	}{
		"compare pde": {"2/4  learning R,P, seed 1", func(ctx context.Context, r Reporter) (int, error) {
			c := DefaultComparePDE()
			c.N, c.Sizes, c.Stage = 16, []int{16}, func(name string) { r.status("%s", name) }
			c.Training.Rounds, c.Training.Steps = 1, 1
			report, err := c.Run(ctx)
			return len(report.Rows), err
		}, 3},
		"compare vision": {"down, learned B", func(ctx context.Context, r Reporter) (int, error) {
			c := CompareVision{
				Data: Data{Name: "sample"}, Shape: Shape{Channels: []int{2}, Smoothings: []int{1}, StemStride: 2}, Learn: []string{"none", "B"},
				Epochs: 1, Batch: 20, LearningRate: .1, Limit: 40, Seed: 1, Stage: func(name string) { r.status("%s", name) },
			}
			report, err := c.Run(ctx, Reporter{})
			return len(report.Rows), err
		}, 1},
		"compare spectrum": {"rbgs: eigenvalues", func(ctx context.Context, r Reporter) (int, error) {
			c := DefaultCompareSpectrum()
			c.Methods, c.N = []string{"jacobi", "rbgs"}, []int{16}
			report, err := c.Run(ctx, r)
			return len(report.Rows), err
		}, 1},
		"constrained obstacle": {"projected SOR", func(ctx context.Context, r Reporter) (int, error) {
			o := DefaultObstacle()
			o.N = 16
			report, err := o.Run(ctx, r)
			return len(report.Rows), err
		}, 1},
		"constrained image": {"projected: step 1 ", func(ctx context.Context, r Reporter) (int, error) {
			e := DefaultExplain()
			e.File, e.Size, e.Grey = picture, 15, true
			report, err := e.Run(ctx, r)
			return len(report.Rows), err
		}, 1},
		"constrained learn": {"epoch 2/3", func(ctx context.Context, r Reporter) (int, error) {
			l := LearnFeature{Data: Data{Name: "sample"}, Learning: feature.DefaultLearning(), Limit: 40, Save: model}
			l.Epochs, l.Batch, l.Steps, l.Channels = 3, 20, 1, 2
			r.Note = r.Status
			report, err := l.Run(ctx, r)
			if report.On != nil {
				t.Error("what was stopped is judged")
			}
			if m, err := feature.ReadFile(model); err != nil || m.Validate() != nil {
				t.Errorf("what was learned is not kept: %v", err)
			}
			return len(report.Losses), err
		}, 2},
		"compare operator": {"3 of 3 systems", func(ctx context.Context, r Reporter) (int, error) {
			c := DefaultCompareOperator()
			c.Run, c.Repeats, c.Samples = operatorRun(t), 1, 3
			report, err := c.Compare(ctx, r)
			if len(report.Rows) == 0 || report.Rows[0].Problems != report.Samples || report.All != 3 {
				t.Errorf("%+v; want rows of the systems that are done", report)
			}
			return report.Samples, err
		}, 2},
		"meta compare": {"problem 2 of 3", func(ctx context.Context, r Reporter) (int, error) {
			c := MetaComparison{File: filepath.Join("..", "testdata", "methods", "smoothers-network.json"), N: 16, Problems: 3}
			table, err := c.Run(ctx, r.Status)
			for _, row := range table.Rows {
				if len(row.Outcomes) != 2 {
					t.Errorf("%s has %d problems", row.Method, len(row.Outcomes))
				}
			}
			return len(table.Rows[0].Outcomes), err
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			done, err := c.run(ctx, Reporter{Status: func(text string) {
				if strings.HasPrefix(text, c.at) {
					cancel()
				}
			}})
			if done != c.all || !errors.Is(err, context.Canceled) {
				t.Errorf("%d done, %v; want %d and that it was cancelled", done, err, c.all)
			}
		})
	}
}

// Results of another table, and an array for another grid, are mistakes in the request.
func TestForeignFiles(t *testing.T) {
	table := written(t, "table.json", `{"format": "mgtool images table", "version": 1, "setting": {}, "results": []}`)
	pde := DefaultComparePDE()
	pde.CycleComparison = bridge.CycleComparison{N: 16, Sizes: []int{16}, Pre: 1, Post: 1, Cycles: 80, Training: bridge.DefaultTraining(), File: table}
	_, first := pde.Run(t.Context())
	vision := compareImages()
	vision.File = table
	_, second := vision.Run(t.Context(), Reporter{})
	vision.File, vision.Limit = "", 1
	_, third := vision.Run(t.Context(), Reporter{})
	for want, err := range map[string]error{
		`has format "mgtool images table", version 1; want "mgtool cycles table"`: first,
		"another setting": second,
		"--batch 20; want 1 to 1, the number of training samples": third,
	} {
		if !errors.As(err, new(*UsageError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
}
