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

// way is how the experiment saves parameters: the text before the colon of its description.
func (e experiment) way() string {
	way, _, _ := strings.Cut(e.about, ":")
	return way
}

// mirrors reports whether mirroring keeps an image's class.
func (e experiment) mirrors() bool { return e.data() != "mnist" }

// trains reports whether it is a training, not a classifier without layers.
func (e experiment) trains() bool { return strings.HasPrefix(e.args, "train ") }

var (
	one   = []int{1}
	three = []int{1, 2, 3}
)

// experiments lists all experiments in the order of the page.
var experiments = []experiment{
	{"MNIST", "mnist-logistic", "logistic regression, 150 iterations of L-BFGS", one, "classify logistic --data mnist --max-iterations 150", "92.56"},
	{"MNIST", "mnist-svm", "linear SVM, C = 0.02", one, "classify svm --data mnist --c 0.02", "87.73"},
	{"MNIST", "mnist-svm-poly", "SVM, polynomial kernel of degree 3", one, "classify svm-poly --data mnist", "97.71"},
	{"MNIST", "mnist-mlp", "one hidden layer of 1000 units", three, "train --data mnist --model mlp --recipe quick --epochs 20", "98.75"},
	{"MNIST", "mnist-mlp-moved", "the same, images shifted by up to a pixel", three, "train --data mnist --model mlp --recipe quick --epochs 20 --augment translate=1", "98.75"},
	{"MNIST", "mnist-mgnet-relu", "MgNet, ReLU, images shifted by up to two pixels", three, digits + "--activation relu", ""},
	{"MNIST", "mnist-mgnet-hat", "MgNet, hat, supports 5, 10, 15", three, digits + "--activation hat --hat-support 5,10,15", "99.68"},

	{"Fashion-MNIST", "fashion", "MgNet, 64, 128, 128 channels, 16 epochs", one, "train --data fashion-mnist --model mgnet-fast --channels 64,128,128 --recipe fast --epochs 16", ""},

	{chosen, "tune-base", "64, 128, 128 channels, R and Π 3×3 with stride 2, SGD", one, tune + sgd + "--r conv3 --pi conv3", ""},
	{chosen, "tune-convmax", "R and Π 3×3, then the largest of 2×2", one, tune + sgd + "--r conv-max --pi conv-max", ""},
	{chosen, "tune-convmax-zero", "such an R, Π = 0", one, tune + sgd, ""},
	{chosen, "tune-muon", "such R and Π, Muon", one, tune + "--recipe fast --r conv-max --pi conv-max", ""},
	{chosen, "tune-full", "64, 256, 256 channels, such an R, Π = 0, Muon, 6 epochs", one, heldOut + "--recipe fast --epochs 6", ""},
	{chosen, "tune-narrow", "64, 128, 256 channels, such an R, Π = 0, Muon", one, narrow + "--recipe fast", ""},
	{chosen, "tune-narrow-24", "the same, Muon's rate doubled", one, narrow + "--recipe benchmarks/accuracy/fast-muon-24.json", ""},
	{chosen, "tune-narrow-06", "the same, Muon's rate halved, grids 16, 8, 4", one, narrow + "--recipe benchmarks/accuracy/fast-muon-06.json", ""},
	{chosen, "tune-narrow-even", "the same, Muon's rate as it was, grids 16, 8, 4", one, narrow + "--recipe fast", ""},

	{chosen, "tune-time-wide", "64, 384, 384 channels, bfloat16, 5 epochs", one, heldOut + half + "--channels 64,384,384 --epochs 5", ""},
	{chosen, "tune-time-twice", "64, 256, 256 channels, 1, 2, 2 smoothing steps, bfloat16, 6 epochs", one, heldOut + half + "--smoothings 1,2,2 --epochs 6", ""},

	{"CIFAR-10: the fast MgNet", "fast", "mgnet-fast, recipe fast", three, "train --data cifar10 --model mgnet-fast --recipe fast", ""},
	{"CIFAR-10: the fast MgNet", "fast-16", "the same, 16 epochs", three, "train --data cifar10 --model mgnet-fast --recipe fast --epochs 16", ""},
	{"CIFAR-10: the fast MgNet", "fast-wide", "64, 384, 384 channels, bfloat16, 12 epochs", three, "train --data cifar10 --model mgnet-fast --channels 64,384,384 --recipe fast --epochs 12 --precision bf16", ""},
	{"CIFAR-10: the fast MgNet", "starter", "a small one, that of mgnet/starter, 16 epochs", one, "train --data cifar10 --model mgnet-fast --channels 48,96,96 --smoothings 1,1,2 --recipe fast --epochs 16", ""},

	{chosenStandard, "tune-standard-fast", "recipe fast, 3 epochs", one, plain + "--hold-out 10 --epochs 3 --recipe fast", ""},
	{chosenStandard, "tune-standard-own", "Muon at 0.06, batches of 256, 3 epochs", one, plain + "--hold-out 10 --epochs 3 --recipe benchmarks/accuracy/standard.json", ""},
	{standard, "standard", "Muon at 0.06, batches of 256, 20 epochs", one, plain + "--recipe benchmarks/accuracy/standard.json", ""},

	{equal, "cost-resnet", "ResNet, A^{l,i}, B^{l,i}", three, cost + "--model resnet", ""},
	{equal, "cost-resnet-a", "ResNet, A^l, B^{l,i}", three, cost + "--model resnet --share-a level", ""},
	{equal, "cost-resnet-b", "ResNet, A^{l,i}, B^l", three, cost + "--model resnet --share-b level", ""},
	{equal, "cost-resnet-ab", "ResNet, A^l, B^l", three, cost + "--model resnet --share-a level --share-b level", ""},
	{equal, "cost-preact", "pre-act ResNet, A^{l,i}, B^{l,i}", three, cost + "--model preact", ""},
	{equal, "cost-preact-a", "pre-act ResNet, A^l, B^{l,i}", three, cost + "--model preact --share-a level", ""},
	{equal, "cost-preact-b", "pre-act ResNet, A^{l,i}, B^l", three, cost + "--model preact --share-b level", ""},
	{equal, "cost-preact-ab", "pre-act ResNet, A^l, B^l", three, cost + "--model preact --share-a level --share-b level", ""},
	{equal, "cost-mgnet", "MgNet, A^{l,i}, B^{l,i}", three, cost + "--model mgnet --share-a step --share-b step", ""},
	{equal, "cost-mgnet-a", "MgNet, A^l, B^{l,i}", three, cost + "--model mgnet --share-b step", ""},
	{equal, "cost-mgnet-b", "MgNet, A^{l,i}, B^l", three, cost + "--model mgnet --share-a step", ""},
	{equal, "cost-mgnet-ab", "MgNet, A^l, B^l", three, cost + "--model mgnet", ""},

	{hats, "cost-mgnet-ab", "ReLU", three, cost + "--model mgnet", ""},
	{hats, "hat-up", "hat, supports 5, 10, 15, 20", three, cost + "--model mgnet --activation hat --hat-support 5,10,15,20", ""},
	{hats, "hat-down", "hat, supports 20, 15, 10, 5", three, cost + "--model mgnet --activation hat --hat-support 20,15,10,5", ""},
	{hats, "hat-trained", "hat, supports trained from 5, 10, 15, 20", three, cost + "--model mgnet --activation hat --hat-support 5,10,15,20 --hat-trained", ""},

	{few, "few-thin-10", "thin channels: 90 channels", one, small + "--channels 90", ""},
	{few, "few-thin-1", "thin channels: 27 channels", one, small + "--channels 27", ""},
	{few, "few-thin-01", "thin channels: 8 channels", one, small + "--channels 8", ""},
	{few, "few-thin-001", "thin channels: 2,2,3,3 channels, 1x1 stem", one, small + "--channels 2,2,3,3 --stem 1", ""},
	{few, "few-all-10", "A, B, R for all levels: 170 channels", one, small + "--channels 170 --share-a all --share-b all --share-r all", ""},
	{few, "few-all-1", "A, B, R for all levels: 50 channels", one, small + "--channels 50 --share-a all --share-b all --share-r all", ""},
	{few, "few-all-01", "A, B, R for all levels: 13 channels", one, small + "--channels 13 --share-a all --share-b all --share-r all", ""},
	{few, "few-all-001", "A, B, R for all levels: 4 channels, 1x1 stem", one, small + "--channels 4 --stem 1 --share-a all --share-b all --share-r all", ""},
	{few, "few-depthwise-10", "depthwise A, B: 169 channels", one, small + "--channels 169 --depthwise A,B", ""},
	{few, "few-depthwise-1", "depthwise A, B: 49 channels", one, small + "--channels 49 --depthwise A,B", ""},
	{few, "few-depthwise-01", "depthwise A, B: 12 channels", one, small + "--channels 12 --depthwise A,B", ""},
	{few, "few-depthwise-001", "depthwise A, B: 2 channels", one, small + "--channels 2 --depthwise A,B", ""},
	{few, "few-stencil-10", "depthwise A, B and R for all levels: 288 channels", one, small + "--channels 288 --share-a all --share-b all --share-r all --depthwise A,B", ""},
	{few, "few-stencil-1", "depthwise A, B and R for all levels: 82 channels", one, small + "--channels 82 --share-a all --share-b all --share-r all --depthwise A,B", ""},
	{few, "few-stencil-01", "depthwise A, B and R for all levels: 18 channels", one, small + "--channels 18 --share-a all --share-b all --share-r all --depthwise A,B", ""},
	{few, "few-stencil-001", "depthwise A, B and R for all levels: 6 channels, 1x1 stem", one, small + "--channels 6 --stem 1 --share-a all --share-b all --share-r all --depthwise A,B", ""},
}

// Settings are chosen on held-out training images: at first every tenth of all, now every
// tenth of each class. The grids had 15, 7 and 3 pixels a side before they had 16, 8 and
// 4. The commit of a result tells which.
const (
	chosen  = "Choosing the fast MgNet, on a held-out tenth"
	heldOut = "train --data cifar10 --hold-out 10 --model mgnet-fast "
	tune    = heldOut + "--channels 64,128,128 --epochs 5 "
	narrow  = heldOut + "--channels 64,128,256 --epochs 5 "
	half    = "--recipe fast --precision bf16 "
	sgd     = "--recipe benchmarks/accuracy/fast-sgd.json "
)

// The standard MgNet, of 521,418 parameters.
const (
	standard       = "CIFAR-10: the standard MgNet, [2,2,2,2] with 64 channels"
	chosenStandard = "Choosing the recipe of the standard MgNet, on a held-out tenth"
	plain          = "train --data cifar10 --model mgnet --channels 64 --smoothings 2,2,2,2 "
)

// The [2,2,2,2],256 of the paper has 8,278,794 parameters; these have 10, 1, 0.1 and
// 0.01% of them, with the stem, R and Π of the fast MgNet.
const (
	few   = "CIFAR-10: 10, 1, 0.1 and 0.01% of the parameters of [2,2,2,2],256, five epochs on one core"
	small = "train --data cifar10 --model mgnet-fast --recipe fast --epochs 5 --smoothings 2,2,2,2 --threads 1 "
)

const digits = "train --data mnist --model mgnet-fast --channels 32,64,64 --recipe fast --epochs 8 --augment translate=2 "

// Kinds of networks, with the same channels, smoothing steps and recipe; each on one
// core, since two trainings side by side do more than one with both.
const (
	equal = "CIFAR-10: kinds of networks at equal cost, five epochs on one core"
	hats  = "CIFAR-10: hat against ReLU, MgNet with A^l, B^l, five epochs on one core"
	cost  = "train --data cifar10 --recipe quick --epochs 5 --channels 32,32,64,64 --smoothings 2,2,2,2 --threads 1 "
)
