package tool

// The models by name.

import (
	"strings"

	"mgtool/mgnet"
	"mgtool/vision"
)

// Images is the form of a model's images and the number of its classes; zeros are not
// known.
type Images struct{ Height, Width, Channels, Classes int }

// ImagesOf is what a data set asks of a model.
func ImagesOf(d *vision.Dataset) Images {
	return Images{d.Height, d.Width, d.Channels, len(d.Classes)}
}

// Model is a model by its name.
type Model struct {
	Name, About string

	channels, levels bool   // whether channels, and smoothings, are free
	images           Images // where no data set and no setting says otherwise
	config           func(images Images, s Shape) (mgnet.Config, error)
}

var (
	cifar    = Images{Height: 32, Width: 32, Channels: 3, Classes: 10}
	mnist    = Images{Height: 28, Width: 28, Channels: 1, Classes: 10}
	imagenet = Images{Height: 224, Width: 224, Channels: 3, Classes: 1000}
)

// Models lists all models.
func Models() []Model {
	return []Model{
		{"mgnet", "MgNet (He & Xu 2019): smoothing and restriction with learned A, B, R, Π", true, true, cifar, walk(mgnet.MgNet)},
		{"mgnet-fast", "MgNet that trains fast: whitening, GELU, 64,256,256 channels", true, true, cifar, func(i Images, s Shape) (mgnet.Config, error) {
			return mgnet.FastMgNet(i.Height, i.Width, i.Channels, i.Classes, s.Channels, s.Smoothings), nil
		}},
		{"resnet", "ResNet (He et al., CVPR 2016) of any channels and blocks (--smoothings)", true, true, cifar, blocks("resnet")},
		{"resnet18", "the same, 64 to 512 channels, 2,2,2,2 blocks", false, false, cifar, residual("resnet", 18)},
		{"resnet34", "the same, 3,4,6,3 blocks", false, false, cifar, residual("resnet", 34)},
		{"preact", "pre-act ResNet (He et al., ECCV 2016): MgNet in its residual, without u", true, true, cifar, blocks("preact")},
		{"preact18", "the same, 64 to 512 channels, 2,2,2,2 blocks", false, false, cifar, residual("preact", 18)},
		{"preact34", "the same, 3,4,6,3 blocks", false, false, cifar, residual("preact", 34)},
		{"cnn", "classic CNN: convolutions with biases (--smoothings of them on each level), nothing shared", true, true, cifar, walk(mgnet.CNN)},
		{"lenet5", "LeNet-5 (LeCun et al. 1998)", false, false, mnist, fixed(mgnet.LeNet5)},
		{"alexnet", "AlexNet (Krizhevsky et al. 2012), for 224x224 pixels", false, false, imagenet, fixed(mgnet.AlexNet)},
		{"alexnet-cifar", "AlexNet for 32x32 pixels", false, false, cifar, fixed(mgnet.AlexNetCIFAR)},
		{"mlp", "multilayer perceptron: one hidden layer of 1000 units, or those of --channels", true, false, mnist, func(i Images, s Shape) (mgnet.Config, error) {
			hidden := s.Channels
			if len(hidden) == 0 {
				hidden = []int{1000}
			}
			return mgnet.Dense(i.Height, i.Width, i.Channels, i.Classes, hidden), nil
		}},
	}
}

// walk is a model over grids whose levels are free.
func walk(of func(h, w, in, classes int, channels, smoothings []int) mgnet.Config) func(Images, Shape) (mgnet.Config, error) {
	return func(i Images, s Shape) (mgnet.Config, error) {
		channels, smoothings := s.Channels, s.Smoothings
		if len(smoothings) == 0 {
			smoothings = []int{1, 1, 1, 1}
		}
		if len(channels) == 0 {
			channels = []int{s.DefaultChannels}
		}
		return of(i.Height, i.Width, i.Channels, i.Classes, channels, smoothings), nil
	}
}

// blocks are those of a ResNet.
func blocks(family string) func(Images, Shape) (mgnet.Config, error) {
	return walk(func(h, w, in, classes int, channels, smoothings []int) mgnet.Config {
		c := mgnet.MgNet(h, w, in, classes, channels, smoothings)
		c.Model, c.ShareA, c.ShareB = family, "step", "step"
		return c
	})
}

// fixed is a model whose layers are given.
func fixed(of func(h, w, in, classes int) mgnet.Config) func(Images, Shape) (mgnet.Config, error) {
	return func(i Images, _ Shape) (mgnet.Config, error) {
		return of(i.Height, i.Width, i.Channels, i.Classes), nil
	}
}

func residual(family string, layers int) func(Images, Shape) (mgnet.Config, error) {
	return func(i Images, _ Shape) (mgnet.Config, error) {
		return mgnet.ResNet(family, layers, i.Height, i.Width, i.Channels, i.Classes)
	}
}

// lookupModel finds a model by its name.
func lookupModel(name string) (Model, error) {
	var names []string
	for _, m := range Models() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Model{}, Usagef("model %q; known: %s", name, strings.Join(names, ", "))
}
