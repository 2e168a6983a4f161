package vision_test

import (
	"fmt"
	"log"

	"mgtool/vision"
)

// The features of an image of the embedded sample, with the values that a picture
// shows black and white; Sheet draws them all.
func ExampleFeatures() {
	train, _, err := vision.Load("sample", "")
	if err != nil {
		log.Fatal(err)
	}
	image, err := train.Feature(0)
	if err != nil {
		log.Fatal(err)
	}
	const averages, levels = 1, 4
	features, err := vision.Features(image, averages, levels)
	if err != nil {
		log.Fatal(err)
	}
	var tiles []vision.Tile
	for _, f := range features {
		fmt.Printf("%-22s %5.2f to %.2f\n", f.Label, f.Black, f.White)
		tiles = append(tiles, f.Tile())
	}
	sheet, err := vision.Sheet(4, tiles) // vision.WritePNG writes it to a file
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sheet.Bounds().Dx(), "x", sheet.Bounds().Dy(), "pixels")
	// Output:
	// image, 28 × 28          0.00 to 1.00
	// Sobel, x               -3.51 to 3.51
	// Sobel, y               -3.37 to 3.37
	// Sobel, length           0.00 to 3.96
	// Laplacian              -1.66 to 1.66
	// ReLU(Laplacian)         0.00 to 1.66
	// Laplacian of Gaussian   0.00 to 0.54
	// 3×3 mean                0.00 to 1.00
	// V1: 28 × 28             0.00 to 1.00
	// V2: 14 × 14             0.00 to 1.00
	// V3: 7 × 7               0.00 to 1.00
	// V4: 4 × 4               0.00 to 1.00
	// 608 x 570 pixels
}

// An edge of height 1, seen by Sobel's kernel.
func ExampleFeature_Filter() {
	image, err := vision.NewFeature([]float32{
		0, 0, 1, 1,
		0, 0, 1, 1,
	}, 2, 4, 1)
	if err != nil {
		log.Fatal(err)
	}
	edge := image.Filter(vision.SobelX)
	for x := range 4 {
		fmt.Print(edge.At(0, x, 0), " ")
	}
	// Output: 0 4 4 0
}
