package family_test

import (
	"fmt"

	"mgtool/pde"
	"mgtool/pde/family"
)

func Example() {
	p, err := family.Parse("rotated(eps=0.01,theta=45)")
	if err != nil {
		panic(err)
	}
	grid, err := pde.Unit(2, 64)
	if err != nil {
		panic(err)
	}
	a, err := p.Operator(grid)
	if err != nil {
		panic(err)
	}
	k, _ := a.Scale(grid.H[0] * grid.H[0]).Kernel()
	fmt.Println(p.Name)
	for j := 1; j >= -1; j-- {
		fmt.Printf("%7.4f\n", k[13+3*j-1:13+3*j+2])
	}
	// Output:
	// rotated(eps=0.01,theta=45)
	// [ 0.2475 -0.5050 -0.2475]
	// [-0.5050  2.0200 -0.5050]
	// [-0.2475 -0.5050  0.2475]
}
