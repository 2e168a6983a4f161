package classify_test

import (
	"context"
	"fmt"
	"log"

	"mgtool/classify"
)

// square is the exclusive or: equal signs are class 0.
func square() *classify.Data {
	d, err := classify.NewData([]float32{1, 1, -1, -1, 1, -1, -1, 1}, 2, []int{0, 0, 1, 1}, 2)
	if err != nil {
		log.Fatal(err)
	}
	return d
}

// line has class 0 on the left and class 1 on the right.
func line() *classify.Data {
	d, err := classify.NewData([]float32{-3, -1, 1, 2}, 1, []uint8{0, 0, 1, 1}, 2)
	if err != nil {
		log.Fatal(err)
	}
	return d
}

func ExampleNewData() {
	_, err := classify.NewData([]float32{-1, 1}, 1, []int{0, 3}, 2)
	fmt.Println(err)
	// Output: classify: label 3 of row 1; want 0 to 1
}

func ExampleTrainLogistic() {
	m, r, err := classify.TrainLogistic(context.Background(), line(), classify.DefaultLogisticSettings())
	if err != nil {
		log.Fatal(err)
	}
	class, err := m.Predict([]float32{5})
	fmt.Println(r.Status, class, err)
	// Output: converged 1 <nil>
}

func ExampleTrainLinearSVM() {
	m, r, err := classify.TrainLinearSVM(context.Background(), line(), classify.DefaultSVMSettings())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v, w = %.2f, %d support vectors\n", r.Status, m.W[1][0]-m.W[0][0], r.Support)
	// Output: converged, w = 1.00, 2 support vectors
}

func ExampleTrainKernelSVM() {
	m, r, err := classify.TrainKernelSVM(context.Background(), square(), classify.Gaussian{Gamma: 1}, classify.DefaultSVMSettings())
	if err != nil {
		log.Fatal(err)
	}
	class, err := m.Predict([]float32{0.8, -0.9})
	fmt.Println(r.Status, class, err)
	// Output: converged 1 <nil>
}

func ExampleAccuracy() {
	d := square()
	m, _, err := classify.TrainKernelSVM(context.Background(), d, classify.Polynomial{Degree: 2, Gamma: 1, Shift: 1}, classify.DefaultSVMSettings())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(classify.Accuracy(m, d))
	// Output: 1 <nil>
}
