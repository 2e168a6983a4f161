package mask_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"mgtool/mask"
	"mgtool/mgnet/job"
)

// ExampleJob_Load makes pictures of shapes and reads them as the job does.
func ExampleJob_Load() {
	dir, err := os.MkdirTemp("", "mask")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	shapes := filepath.Join(dir, "shapes")
	if err := (mask.Shapes{Train: 8, Test: 2, Size: 16, Seed: 1}).Write(context.Background(), shapes, nil); err != nil {
		fmt.Println(err)
		return
	}
	d, err := mask.New().Load(shapes, job.Part{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Len(), d.Test.Len(), d.Train.Form().Input, d.Classes)
	// Output: 8 2 [16 16 3] [background circle square triangle]
}
