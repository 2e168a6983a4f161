package tensor_test

import (
	"fmt"

	"mgtool/tensor"
)

// The five-point Laplacian of a picture with one bright pixel.
func ExampleConv() {
	conv, err := tensor.NewConv(tensor.Shape{N: 1, H: 3, W: 3, C: 1}, 1, 3, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	laplacian := []float32{
		0, -1, 0,
		-1, 4, -1,
		0, -1, 0,
	}
	x := []float32{
		0, 0, 0,
		0, 1, 0,
		0, 0, 0,
	}
	y := make([]float32, conv.Out.Len())
	conv.Forward(y, x, laplacian)
	fmt.Println(y)
	// Output: [0 -1 0 -1 4 -1 0 -1 0]
}

// Errors say what would be right.
func ExampleNewConv_error() {
	_, err := tensor.NewConv(tensor.Shape{N: 1, H: 8, W: 8, C: 3}, 16, 11, 1, 1)
	fmt.Println(err)
	// Output: tensor: conv: kernel size 11 is larger than the 8×8 image with padding 1
}

// Linear interpolation from a row of 3 coarse points to 7 fine ones.
func ExampleConvTranspose() {
	up, err := tensor.NewConvTranspose(tensor.Shape{N: 1, H: 1, W: 3, C: 1}, 1, 3, 2, 0, 3, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	linear := []float32{
		0, 0, 0,
		0.5, 1, 0.5,
		0, 0, 0,
	}
	y := make([]float32, up.Out.Len())
	up.Forward(y, []float32{2, 4, 0}, linear)
	fmt.Println(y[7:14]) // the middle row
	// Output: [1 2 3 4 2 0 0]
}

func ExampleBatchNorm() {
	norm, err := tensor.NewBatchNorm(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, y := []float32{1, 2, 3}, make([]float32, 3)
	gamma, beta := []float32{1}, []float32{10}
	norm.Forward(y, x, gamma, beta, true)
	fmt.Printf("%.3f, running mean %.1f, running variance %.1f\n", y, norm.RunningMean[0], norm.RunningVar[0])
	// Output: [8.775 10.000 11.225], running mean 0.2, running variance 1.0
}

// A classifier of one pooled feature map, and one step of gradient descent.
func Example() {
	conv, err := tensor.NewConv(tensor.Shape{N: 2, H: 2, W: 2, C: 1}, 2, 1, 1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	pool := tensor.GlobalAvgPool{In: conv.Out}
	loss := tensor.SoftmaxCrossEntropy{N: 2, Classes: 2}

	images := []float32{1, 1, 0, 0, -1, 0, -1, 0} // a bright one, a dark one
	labels := []int32{1, 0}
	w := make([]float32, conv.WeightLen())

	features, logits := make([]float32, conv.Out.Len()), make([]float32, 4)
	dfeatures, dlogits, dw := make([]float32, len(features)), make([]float32, 4), make([]float32, len(w))
	for step := range 2 {
		conv.Forward(features, images, w)
		pool.Forward(logits, features)
		fmt.Printf("step %d: loss %.4f\n", step, loss.Forward(logits, labels))

		loss.Backward(dlogits, logits, labels, 1)
		pool.Backward(dfeatures, dlogits)
		conv.BackwardWeight(dw, dfeatures, images)
		for i, d := range dw {
			w[i] -= d
		}
	}
	// Output:
	// step 0: loss 0.6931
	// step 1: loss 0.5759
}

func ExampleSoftmaxCrossEntropy() {
	loss := tensor.SoftmaxCrossEntropy{N: 1, Classes: 2}
	logits, labels := []float32{0, 0}, []int32{1}
	d := make([]float32, 2)
	loss.Backward(d, logits, labels, 1)
	fmt.Printf("%.4f %v\n", loss.Forward(logits, labels), d)
	// Output: 0.6931 [0.5 -0.5]
}

func ExampleLinear() {
	l := tensor.Linear{N: 1, In: 2, Out: 2}
	y := make([]float32, 2)
	l.Forward(y, []float32{1, 2}, []float32{1, 0, 0, 1}, []float32{10, 20})
	fmt.Println(y)
	// Output: [11 22]
}
