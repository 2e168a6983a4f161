package mgnet

// Classical networks as lists of layers.

// LeNet5 is LeNet-5 as it is built today (LeCun, Bottou, Bengio, Haffner, Proc.
// IEEE 1998): 61,706 parameters for MNIST. Its second convolution sees all
// channels, the means have no weights and the last layer is linear, where the
// original had a table of connections, trained subsampling and radial basis
// functions.
func LeNet5(h, w, inChannels, classes int) Layered {
	return layered(h, w, inChannels, classes, "tanh",
		Layer{Op: "conv", Channels: 6, Kernel: 5, Pad: 2}, Layer{Op: "mean-pool", Kernel: 2},
		Layer{Op: "conv", Channels: 16, Kernel: 5}, Layer{Op: "mean-pool", Kernel: 2},
		Layer{Op: "linear", Channels: 120}, Layer{Op: "linear", Channels: 84}, Layer{Op: "linear"})
}

// AlexNet is the network of Krizhevsky, Sutskever, Hinton, NIPS 2012, with its two
// groups and its response norms: 60,965,224 parameters for 224×224 pixels in colour
// and 1000 classes. The paper's 55×55 after the first convolution requires a
// padding of 2, which it does not mention. Dropout is left out.
func AlexNet(h, w, inChannels, classes int) Layered {
	pool := Layer{Op: "max-pool", Kernel: 3, Stride: 2}
	return layered(h, w, inChannels, classes, "relu",
		Layer{Op: "conv", Channels: 96, Kernel: 11, Stride: 4, Pad: 2}, Layer{Op: "response-norm"}, pool,
		Layer{Op: "conv", Channels: 256, Kernel: 5, Pad: 2, Groups: 2}, Layer{Op: "response-norm"}, pool,
		Layer{Op: "conv", Channels: 384, Kernel: 3, Pad: 1},
		Layer{Op: "conv", Channels: 384, Kernel: 3, Pad: 1, Groups: 2},
		Layer{Op: "conv", Channels: 256, Kernel: 3, Pad: 1, Groups: 2}, pool,
		Layer{Op: "linear", Channels: 4096}, Layer{Op: "linear", Channels: 4096}, Layer{Op: "linear"})
}

// AlexNetCIFAR is AlexNet for 32×32 pixels as W. Yang's pytorch-classification has
// it: 2,472,266 parameters for ten classes.
func AlexNetCIFAR(h, w, inChannels, classes int) Layered {
	pool := Layer{Op: "max-pool", Kernel: 2}
	return layered(h, w, inChannels, classes, "relu",
		Layer{Op: "conv", Channels: 64, Kernel: 11, Stride: 4, Pad: 5}, pool,
		Layer{Op: "conv", Channels: 192, Kernel: 5, Pad: 2}, pool,
		Layer{Op: "conv", Channels: 384, Kernel: 3, Pad: 1},
		Layer{Op: "conv", Channels: 256, Kernel: 3, Pad: 1},
		Layer{Op: "conv", Channels: 256, Kernel: 3, Pad: 1}, pool,
		Layer{Op: "linear"})
}

// Dense is a fully connected network with these numbers of hidden units: with 1000, the
// 784-1000-10 of the lectures, 795,010 parameters for MNIST.
func Dense(h, w, inChannels, classes int, hidden []int) Layered {
	var list []Layer
	for _, units := range hidden {
		list = append(list, Layer{Op: "linear", Channels: units})
	}
	return layered(h, w, inChannels, classes, "relu", append(list, Layer{Op: "linear"})...)
}

func layered(h, w, inChannels, classes int, activation string, list ...Layer) Layered {
	return Layered{Signature{"layers", h, w, inChannels, classes}, Sigma{Norm: "none", Activation: activation}, list}
}
