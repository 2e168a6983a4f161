package source

// Random numbers by sample and epoch: no random state is carried from one sample or batch
// to the next.

import (
	"math/bits"
	"math/rand/v2"
)

// Random returns the random generator of a sample in an epoch. Each purpose, 0 or more, has
// an independent one, so that draws for one augmentation do not shift those for another.
// Sample −1 with purpose 0 shuffles the epoch.
func Random(purpose int, seed uint64, epoch, sample int) rand.PCG {
	key := Mix(Mix(Mix(seed)+uint64(epoch)) + uint64(sample))
	if purpose > 0 {
		key = Mix(Mix(Mix(Mix(seed)+uint64(epoch))+uint64(sample)) + uint64(purpose))
	}
	var r rand.PCG
	r.Seed(key, Mix(key))
	return r
}

// Mix is the finaliser of SplitMix64, a bijection that spreads neighbouring numbers over
// all 64 bits.
func Mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below returns a number in [0, n). The probabilities differ from 1/n by less than 2⁻⁶⁴.
func Below(r *rand.PCG, n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

// Order writes the order of len(order) samples in an epoch. The Fisher–Yates shuffle is
// written out here because that of math/rand may change between versions of Go, and with
// it the training of a given seed.
func Order(order []int32, seed uint64, epoch int) {
	for i := range order {
		order[i] = int32(i)
	}
	r := Random(0, seed, epoch, -1)
	for i := len(order) - 1; i > 0; i-- {
		j := Below(&r, i+1)
		order[i], order[j] = order[j], order[i]
	}
}
