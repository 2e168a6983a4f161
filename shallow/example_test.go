package shallow_test

import (
	"context"
	"fmt"
	"math"

	"mgtool/shallow"
)

func ExampleGreedy() {
	points, err := shallow.Gauss(1, 256, 4)
	if err != nil {
		panic(err)
	}
	relu, err := shallow.ParseActivation("relu")
	if err != nil {
		panic(err)
	}
	f := func(x []float64) float64 { return math.Sin(math.Pi * x[0]) }
	r, err := shallow.Greedy(context.Background(), f, points, relu, shallow.Options{Terms: 64})
	if err != nil {
		panic(err)
	}
	slope, err := shallow.Slope(r.Errors, 8)
	if err != nil {
		panic(err)
	}
	fmt.Printf("slope %.1f, theory %.1f\n", slope, relu.Rate(1))
	// Output: slope -2.1, theory -2.0
}

func ExampleTrain() {
	relu, err := shallow.ParseActivation("relu")
	if err != nil {
		panic(err)
	}
	s, err := shallow.Train(context.Background(), shallow.Training{Activation: relu, Neurons: 64, Points: 128, Modes: []int{1, 16}, Steps: 500})
	if err != nil {
		panic(err)
	}
	last := s.Errors[len(s.Errors)-1]
	fmt.Println(last[0] < 0.1, last[1] > 0.8)
	// Output: true true
}
