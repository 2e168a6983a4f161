// Package starter holds a small MgNet that is trained, so that there is one to try at
// once: on CIFAR-10, in half precision. README.md is its card: data, recipe, accuracy.
package starter

import (
	_ "embed"

	"mgtool/mgnet"
	"mgtool/mgnet/exchange"
	"mgtool/mgnet/runs"
)

//go:embed cifar10.safetensors
var weights []byte

// Model is the network, for images of 32×32 pixels in RGB, normalised as those of the
// data of its run, CIFAR-10. Each call makes one of its own.
func Model() (*mgnet.Network, runs.Run, error) {
	return exchange.Decode("cifar10.safetensors", weights)
}
