package main

// mgtool classify.

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgtool/classify"
	"mgtool/vision"
)

// classifiers are those that mgtool classify knows, by name.
var classifiers = []struct{ name, about string }{
	{"logistic", "logistic regression with the penalty --lambda"},
	{"svm", "linear support vector machine, one class against the rest"},
	{"svm-poly", "SVM with the kernel (γ x·y + 1)^degree, one class against one"},
	{"svm-gauss", "SVM with the kernel exp(−γ |x − y|²), one class against one"},
}

func (a *app) classify() *cobra.Command {
	var data, dataDir string
	var limit, holdOut, degree int
	var gamma float64
	var folders folderFlags
	logistic, svm := classify.DefaultLogisticSettings(), classify.DefaultSVMSettings()
	var names, long []string
	for _, k := range classifiers {
		names = append(names, k.name)
		long = append(long, fmt.Sprintf("  %-10s %s", k.name, k.about))
	}
	c := &cobra.Command{
		Use:   "classify " + strings.Join(names, "|"),
		Short: "What classifiers without layers reach on a data set: logistic regression and SVMs",
		Long: "What classifiers without layers reach on a data set, from the pixels, scaled to [0, 1]:\n\n" +
			strings.Join(long, "\n") + "\n\nThe time of an SVM grows with about the square of the number of images: try --limit first.",
		Example: `  mgtool classify logistic --data mnist
  mgtool classify svm-gauss --data sample --c 10 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := strings.Join(args, " ")
			switch {
			case !slices.Contains(names, name):
				return usagef("classify %s; want one of %s", name, strings.Join(names, ", "))
			case !(gamma >= 0) || math.IsInf(gamma, 0):
				return usagef("--gamma %g; want more than 0, or 0 for one that fits the data", gamma)
			}
			if err := checkImages(limit, holdOut); err != nil {
				return err
			}
			for _, s := range []interface{ Validate() error }{logistic, svm, classify.Polynomial{Degree: degree, Gamma: 1}} {
				if err := s.Validate(); err != nil {
					return usage(err)
				}
			}
			run, err := folders.run(c, data, dataDir)
			if err != nil {
				return err
			}
			run.Limit, run.HoldOut = limit, holdOut
			train, test, err := loadRun(c.Context(), &run)
			if err != nil {
				return err
			}
			sets, err := pixelRows(train, test)
			if err != nil {
				return err
			}
			if gamma == 0 {
				if gamma, err = usualGamma(train); err != nil {
					return err
				}
			}
			status("%s on %d images", name, train.Len())
			defer status("")
			begin := time.Now()
			var model classify.Classifier
			var found map[string]any
			switch name {
			case "logistic":
				m, r, err := classify.TrainLogistic(c.Context(), sets[0], logistic)
				if err != nil {
					return err
				}
				model, found = m, map[string]any{"status": r.Status.String(), "iterations": r.Iterations, "lambda": logistic.Lambda, "loss": number(r.Loss), "norm": number(r.Norm)}
			case "svm":
				m, r, err := classify.TrainLinearSVM(c.Context(), sets[0], svm)
				if err != nil {
					return err
				}
				model, found = m, svmFound(svm, r)
			default:
				var kernel classify.Kernel = classify.Gaussian{Gamma: gamma}
				if name == "svm-poly" {
					kernel = classify.Polynomial{Degree: degree, Gamma: gamma, Shift: 1}
				}
				m, r, err := classify.TrainKernelSVM(c.Context(), sets[0], kernel, svm)
				if err != nil {
					return err
				}
				model, found = m, svmFound(svm, r)
				found["gamma"] = gamma
			}
			seconds := time.Since(begin).Seconds()
			var accuracy [2]float64
			for i := range sets {
				if accuracy[i], err = classify.Accuracy(model, sets[i]); err != nil {
					return err
				}
			}
			status("")
			if a.json {
				maps.Copy(found, map[string]any{
					"classifier": name, "data": run.Data, "hold_out": holdOut, "train_images": train.Len(), "test_images": test.Len(),
					"train_accuracy": accuracy[0], "test_accuracy": accuracy[1], "train_s": seconds,
				})
				return object(found)
			}
			fmt.Printf("%s on %s: %v after %v iterations, %.1f s; training accuracy %.4f on %d images, test accuracy %.4f on %d\n",
				name, run.Data, found["status"], found["iterations"], seconds, accuracy[0], train.Len(), accuracy[1], test.Len())
			stateHoldOut(run)
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&data, "data", "sample", "data set, as for mgtool train, or a folder of class folders")
	fl.StringVar(&dataDir, "data-dir", "", "folder of its files; data/NAME if not given")
	fl.IntVar(&limit, "limit", 0, "train and test on the first so many images each; 0 all")
	fl.IntVar(&holdOut, "hold-out", 0, holdOutUsage)
	fl.Float64Var(&logistic.Lambda, "lambda", logistic.Lambda, "λ of the penalty λ‖θ‖² of logistic regression; 0 for none")
	fl.IntVar(&logistic.MaxIterations, "max-iterations", logistic.MaxIterations, "iterations of logistic regression at most")
	fl.Float64Var(&svm.C, "c", svm.C, "C of an SVM, the price of an image within the margin")
	fl.Float64Var(&gamma, "gamma", 0, "γ of a kernel; 0 is 1 / (features · variance of the pixels)")
	fl.IntVar(&degree, "degree", 3, "degree of the polynomial kernel")
	folders.add(c)
	return c
}

// svmFound is what the training of an SVM has found.
func svmFound(s classify.SVMSettings, r *classify.SVMResult) map[string]any {
	return map[string]any{"status": r.Status.String(), "iterations": r.Iterations, "c": s.C, "support": r.Support, "gap": number(r.Gap)}
}

// pixelRows are data sets as rows of pixels, scaled to [0, 1].
func pixelRows(sets ...*vision.Dataset) (rows []*classify.Data, err error) {
	for _, d := range sets {
		pixels, err := d.Bytes(0, d.Len())
		if err != nil {
			return nil, err
		}
		x := make([]float32, len(pixels))
		for i, p := range pixels {
			x[i] = float32(p) / 255
		}
		r, err := classify.NewData(x, d.Height*d.Width*d.Channels, d.Labels, len(d.Classes))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// usualGamma makes γ times the squared distance of two images about 2.
func usualGamma(d *vision.Dataset) (float64, error) {
	pixels, err := d.Bytes(0, d.Len())
	if err != nil {
		return 0, err
	}
	var sum, squares float64
	for _, p := range pixels {
		v := float64(p) / 255
		sum += v
		squares += v * v
	}
	n := float64(len(pixels))
	variance := squares/n - sum/n*sum/n
	if !(variance > 0) { // one colour everywhere: any will do
		variance = 1
	}
	return 1 / (float64(d.Height*d.Width*d.Channels) * variance), nil
}
