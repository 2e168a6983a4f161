package main

import "strings"

// experiment is a command of mgtool that is run with several seeds.
type experiment struct {
	group, name, about string
	seeds              []int
	args               string
	published          string // what its source reports
}

// data is the name of its data set.
func (e experiment) data() string {
	_, rest, _ := strings.Cut(e.args, "--data ")
	name, _, _ := strings.Cut(rest, " ")
	return name
}

// trains reports a training; else it is a classifier without layers.
func (e experiment) trains() bool { return strings.HasPrefix(e.args, "train ") }

var (
	one   = []int{1}
	three = []int{1, 2, 3}
)

// experiments are all of them, in the order of the page.
var experiments = []experiment{
	{"MNIST", "mnist-logistic", "logistic regression, 150 iterations of L-BFGS", one, "classify logistic --data mnist --max-iterations 150", "92.56"},
	{"MNIST", "mnist-svm", "linear SVM", one, "classify svm --data mnist", "87.73"},
	{"MNIST", "mnist-svm-poly", "SVM, polynomial kernel of degree 3", one, "classify svm-poly --data mnist", "97.71"},
	{"MNIST", "mnist-mlp", "one hidden layer of 1000 units", three, "train --data mnist --model mlp --recipe quick --epochs 20", "98.75"},

	{"Choosing the fast MgNet, on a held-out tenth", "tune-base", "R and Π 3×3 with stride 2", one, tune, ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-convmax", "R and Π 3×3, then the largest of 2×2", one, tune + " --r conv-max", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-convmax-zero", "such an R, Π = 0", one, tune + " --r conv-max --pi zero", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-muon", "such R and Π, Muon", one, strings.Replace(tune, "--recipe fast", "--recipe benchmarks/accuracy/fast-muon.json", 1) + " --r conv-max", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-convmax-max", "such an R, Π the largest of 2×2 and 1×1", one, tune + " --r conv-max --pi max", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-full", "64, 256, 256 channels, R 3×3 and largest of 2×2, Π = 0, Muon, 6 epochs", one, "train --data cifar10 --hold-out 10 --model mgnet-fast --recipe benchmarks/accuracy/fast-muon.json --epochs 6 --r conv-max --pi zero", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-zero", "R 3×3 with stride 2, Π = 0", one, tune + " --pi zero", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-narrow", "64, 128, 256 channels, R 3×3 and largest of 2×2, Π = 0, Muon", one, narrow + " --recipe benchmarks/accuracy/fast-muon.json", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-narrow-24", "the same, Muon's rate doubled", one, narrow + " --recipe benchmarks/accuracy/fast-muon-24.json", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-narrow-deep", "the same, two smoothing steps on the last level, with an A and B each", one, narrow + " --recipe benchmarks/accuracy/fast-muon.json --smoothings 1,1,2 --share-a step --share-b step", ""},
	{"Choosing the fast MgNet, on a held-out tenth", "tune-narrow-256", "the same, batches of 256", one, narrow + " --recipe benchmarks/accuracy/fast-muon-256.json", ""},
}

// narrow is less wide on the middle level than the fast MgNet, for five epochs.
const narrow = "train --data cifar10 --hold-out 10 --model mgnet-fast --channels 64,128,256 --epochs 5 --r conv-max --pi zero"

// tune is half as wide as the fast MgNet, for five epochs.
const tune = "train --data cifar10 --hold-out 10 --model mgnet-fast --channels 64,128,128 --recipe fast --epochs 5"
