package method

// EdgeInputs and CornerInputs are the numbers of inputs of the networks for P.
const (
	EdgeInputs   = 1
	CornerInputs = 1
)
