package tool

// Classifiers without layers, on the pixels of a data set.

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mgtool/classify"
	"mgtool/mgnet/job"
	"mgtool/sequence"
	"mgtool/vision"
)

// Classifier names a classifier without layers and describes it in a line.
type Classifier struct{ Name, About string }

// Classifiers are those that [Classify.Train] knows.
func Classifiers() []Classifier {
	return []Classifier{
		{"logistic", "logistic regression with the penalty --lambda"},
		{"svm", "linear support vector machine, one class against the rest"},
		{"svm-poly", "SVM with the kernel (γ x·y + 1)^degree, one class against one"},
		{"svm-gauss", "SVM with the kernel exp(−γ |x − y|²), one class against one"},
	}
}

// Classify is the training of a classifier without layers.
type Classify struct {
	Name     string // of [Classifiers]
	Logistic classify.LogisticSettings
	SVM      classify.SVMSettings
	Gamma    float64 // γ of a kernel; 0 is 1 / (features · variance of the pixels)
	Degree   int     // of the polynomial kernel
}

// DefaultClassify has the default settings of every classifier.
func DefaultClassify() Classify {
	return Classify{Logistic: classify.DefaultLogisticSettings(), SVM: classify.DefaultSVMSettings(), Degree: 3}
}

// Validate reports the first invalid setting.
func (k Classify) Validate() error {
	var names []string
	for _, known := range Classifiers() {
		names = append(names, known.Name)
	}
	switch {
	case !slices.Contains(names, k.Name):
		return Usagef("classify %s; want one of %s", k.Name, strings.Join(names, ", "))
	case !(k.Gamma >= 0) || math.IsInf(k.Gamma, 0):
		return Usagef("--gamma %g; want a positive number, or 0 to fit it to the data", k.Gamma)
	}
	for _, s := range []interface{ Validate() error }{k.Logistic, k.SVM, classify.Polynomial{Degree: k.Degree, Gamma: 1}} {
		if err := s.Validate(); err != nil {
			return Usage(err)
		}
	}
	return nil
}

// ClassifyReport is the result of a classifier. Either Logistic or SVM is set.
type ClassifyReport struct {
	Logistic                    *classify.LogisticResult
	SVM                         *classify.SVMResult
	Gamma                       float64 // γ of the kernel; 0 without one
	Status                      fmt.Stringer
	Iterations                  int
	Parameters                  int // of a linear classifier; 0 with a kernel
	TrainAccuracy, TestAccuracy float64
	Test                        *sequence.Measure // of sequences
	TrainS                      float64           // seconds of the training
}

// Train trains the classifier on the pixels of train, scaled to [0, 1], and tests it on
// both sets.
func (k Classify) Train(ctx context.Context, train, test *vision.Dataset, r Reporter) (*ClassifyReport, error) {
	if err := k.Validate(); err != nil {
		return nil, err
	}
	sets, err := pixelRows(train, test)
	if err != nil {
		return nil, err
	}
	gamma := k.Gamma
	if gamma == 0 {
		if gamma, err = defaultGamma(train); err != nil {
			return nil, err
		}
	}
	_, report, err := k.fit(ctx, sets, gamma, r)
	return report, err
}

// TrainSequences trains the classifier on the values of sequences, as they are scaled, and
// tests it on both sets.
func (k Classify) TrainSequences(ctx context.Context, train, test *sequence.Set, r Reporter) (*ClassifyReport, error) {
	if err := k.Validate(); err != nil {
		return nil, err
	}
	var sets []*classify.Data
	for _, s := range []*sequence.Set{train, test} {
		rows, err := classify.NewData(s.X, s.Length*s.Channels, s.Labels, len(s.Classes))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		sets = append(sets, rows)
	}
	gamma := k.Gamma
	if gamma == 0 {
		gamma = scaleGamma(train.X, train.Length*train.Channels)
	}
	model, report, err := k.fit(ctx, sets, gamma, r)
	if err != nil {
		return nil, err
	}
	scored := sequence.Scored{Classes: test.Classes, Labels: test.Labels}
	for i := range test.Len() {
		s, err := model.Scores(sets[1].Row(i))
		if err != nil {
			return nil, err
		}
		scored.Scores = append(scored.Scores, s...)
	}
	measure := scored.Measure()
	report.Test = &measure
	return report, nil
}

// fit trains the classifier on the first set and tests it on both.
func (k Classify) fit(ctx context.Context, sets []*classify.Data, gamma float64, r Reporter) (model classify.Classifier, report *ClassifyReport, err error) {
	r.status("%s on %d samples", k.Name, sets[0].Len())
	defer r.status("")
	begin := time.Now()
	report = &ClassifyReport{}
	switch k.Name {
	case "logistic":
		model, report.Logistic, err = of(classify.TrainLogistic(ctx, sets[0], k.Logistic))
	case "svm":
		model, report.SVM, err = of(classify.TrainLinearSVM(ctx, sets[0], k.SVM))
	default:
		var kernel classify.Kernel = classify.Gaussian{Gamma: gamma}
		if k.Name == "svm-poly" {
			kernel = classify.Polynomial{Degree: k.Degree, Gamma: gamma, Shift: 1}
		}
		report.Gamma = gamma
		model, report.SVM, err = of(classify.TrainKernelSVM(ctx, sets[0], kernel, k.SVM))
	}
	if err != nil {
		return nil, nil, err
	}
	if l, ok := model.(*classify.Linear); ok {
		report.Parameters = len(l.W) * (len(l.W[0]) + 1)
	}
	report.TrainS = time.Since(begin).Seconds()
	if l := report.Logistic; l != nil {
		report.Status, report.Iterations = l.Status, l.Iterations
	} else {
		report.Status, report.Iterations = report.SVM.Status, report.SVM.Iterations
	}
	if report.TrainAccuracy, err = classify.Accuracy(model, sets[0]); err != nil {
		return nil, nil, err
	}
	report.TestAccuracy, err = classify.Accuracy(model, sets[1])
	return model, report, err
}

// of converts a trained model to the interface.
func of[M classify.Classifier, R any](model M, result R, err error) (classify.Classifier, R, error) {
	return model, result, err
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

// defaultGamma makes γ times the squared distance of two images about 2.
func defaultGamma(d *vision.Dataset) (float64, error) {
	pixels, err := d.Bytes(0, d.Len())
	if err != nil {
		return 0, err
	}
	x := make([]float32, len(pixels))
	for i, p := range pixels {
		x[i] = float32(p) / 255
	}
	return scaleGamma(x, d.Height*d.Width*d.Channels), nil
}

// scaleGamma is 1 / (features · variance of x).
func scaleGamma(x []float32, features int) float64 {
	var sum, squares float64
	for _, p := range x {
		v := float64(p)
		sum += v
		squares += v * v
	}
	n := float64(len(x))
	variance := squares/n - sum/n*sum/n
	if !(variance > 0) { // one value everywhere: any γ will do
		variance = 1
	}
	return 1 / (float64(features) * variance)
}

// ReadSequences reads sequences, and trains and tests the classifier on them; it returns
// their numbers too.
func (k Classify) ReadSequences(ctx context.Context, j *sequence.Job, path string, part job.Part, r Reporter) (report *ClassifyReport, train, test int, err error) {
	if path == "" {
		return nil, 0, 0, Usagef("want --data FILE or FOLDER")
	}
	if err := j.Validate(); err != nil {
		return nil, 0, 0, Usage(err)
	}
	data, err := loadJob(ctx, j, path, part)
	if err != nil {
		return nil, 0, 0, err
	}
	report, err = k.TrainSequences(ctx, setOf(data.Train, j), setOf(data.Test, j), r)
	return report, data.Train.Len(), data.Test.Len(), err
}
