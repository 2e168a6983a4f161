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

	{chosen, "tune-base", "64, 128, 128 channels, R and Π 3×3 with stride 2, SGD", one, tune + sgd + "--r conv3 --pi conv3", ""},
	{chosen, "tune-convmax", "R and Π 3×3, then the largest of 2×2", one, tune + sgd + "--r conv-max --pi conv-max", ""},
	{chosen, "tune-convmax-zero", "such an R, Π = 0", one, tune + sgd, ""},
	{chosen, "tune-muon", "such R and Π, Muon", one, tune + "--recipe fast --r conv-max --pi conv-max", ""},
	{chosen, "tune-full", "64, 256, 256 channels, such an R, Π = 0, Muon, 6 epochs", one, heldOut + "--recipe fast --epochs 6", ""},
	{chosen, "tune-narrow", "64, 128, 256 channels, such an R, Π = 0, Muon", one, narrow + "--recipe fast", ""},
	{chosen, "tune-narrow-24", "the same, Muon's rate doubled", one, narrow + "--recipe benchmarks/accuracy/fast-muon-24.json", ""},
	{chosen, "tune-narrow-06", "the same, Muon's rate halved, grids 16, 8, 4", one, narrow + "--recipe benchmarks/accuracy/fast-muon-06.json", ""},
	{chosen, "tune-narrow-even", "the same, Muon's rate as it was, grids 16, 8, 4", one, narrow + "--recipe fast", ""},

	{"CIFAR-10: the fast MgNet", "fast", "mgnet-fast, recipe fast", three, "train --data cifar10 --model mgnet-fast --recipe fast", ""},
}

// Settings are chosen on training images that are held out. The grids had 15, 7, 3
// pixels a side before they had 16, 8, 4; a result's commit tells.
const (
	chosen  = "Choosing the fast MgNet, on a held-out tenth"
	heldOut = "train --data cifar10 --hold-out 10 --model mgnet-fast "
	tune    = heldOut + "--channels 64,128,128 --epochs 5 "
	narrow  = heldOut + "--channels 64,128,256 --epochs 5 "
	sgd     = "--recipe benchmarks/accuracy/fast-sgd.json "
)
