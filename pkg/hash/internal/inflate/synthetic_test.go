package inflate

import "math/rand/v2"

// bitWriter writes bits as deflate has them.
type bitWriter struct {
	out   []byte
	acc   uint64
	count uint
}

func (w *bitWriter) write(v uint64, n uint) {
	w.acc |= v << w.count
	for w.count += n; w.count >= 8; w.count -= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
	}
}

// randomLengths returns the lengths of a complete code for some of the symbols. Encoders hardly ever make codes as
// lopsided as these, which need second tables of every size.
func randomLengths(random *rand.Rand, symbols int, must ...int) []uint8 {
	chosen := append([]int{}, must...)
	for _, symbol := range random.Perm(symbols) {
		if len(chosen) < 2 || random.IntN(4) > 0 {
			chosen = append(chosen, symbol)
		}
	}
	leaves := []uint8{1, 1}
	skew := random.IntN(8)
	for tries := 0; len(leaves) < len(chosen) && tries < 4000; tries++ {
		i := random.IntN(len(leaves))
		if random.IntN(8) < skew {
			i = len(leaves) - 1
		}
		if leaves[i] < maxCodeLength {
			leaves[i]++
			leaves = append(leaves, leaves[i])
		}
	}
	random.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
	lengths := make([]uint8, symbols)
	i := 0
	for _, symbol := range chosen {
		if lengths[symbol] == 0 && i < len(leaves) {
			lengths[symbol] = leaves[i]
			i++
		}
	}
	return lengths // incomplete if a symbol was chosen twice
}

// canonical returns the codes for lengths, with their bits in reverse.
func canonical(lengths []uint8) []uint64 {
	codes := make([]uint64, len(lengths))
	next := uint64(0)
	for n := uint8(1); n <= maxCodeLength; n++ {
		next <<= 1
		for symbol, length := range lengths {
			if length == n {
				for bit := range n {
					codes[symbol] |= next >> bit & 1 << (n - 1 - bit)
				}
				next++
			}
		}
	}
	return codes
}

// synthetic returns a stream of blocks with random codes and random symbols. Some of them are invalid.
func synthetic(random *rand.Rand) []byte {
	w := &bitWriter{}
	for blocks := 1 + random.IntN(3); blocks > 0; blocks-- {
		lits := randomLengths(random, 257+random.IntN(maxLit-256), endOfBlock)
		dists := randomLengths(random, 1+random.IntN(maxDist))
		if random.IntN(8) == 0 {
			dists = [][]uint8{{0}, {1}, {0, 1}, {2}}[random.IntN(4)]
		}
		final := uint64(0)
		if blocks == 1 {
			final = 1
		}
		w.write(final|2<<1, 3)
		w.write(uint64(len(lits)-257)|uint64(len(dists)-1)<<5|15<<10, 14)
		lengths := make([]uint8, codeLengths) // 16 codes of 4 bits
		for i := range 16 {
			lengths[i] = 4
		}
		for _, symbol := range lengthOrder {
			w.write(uint64(lengths[symbol]), 3)
		}
		codes := canonical(lengths)
		for _, n := range append(append([]uint8{}, lits...), dists...) {
			w.write(codes[n], 4)
		}
		litCodes, distCodes := canonical(lits), canonical(dists)
		for range random.IntN(2000) {
			symbol := random.IntN(len(lits))
			if random.IntN(2) == 0 {
				symbol = random.IntN(256)
			}
			if symbol == endOfBlock || lits[symbol] == 0 {
				continue
			}
			w.write(litCodes[symbol], uint(lits[symbol]))
			if symbol > endOfBlock {
				n := uint(lengthValues[symbol-endOfBlock-1] & 15)
				w.write(random.Uint64()&(1<<n-1), n)
				dist := random.IntN(min(len(dists), 1+random.IntN(maxDist)))
				w.write(distCodes[dist], uint(dists[dist]))
				n = uint(distValue(uint32(dist)) & 15)
				w.write(random.Uint64()&(1<<n-1), n)
			}
		}
		w.write(litCodes[endOfBlock], uint(lits[endOfBlock]))
	}
	w.write(0, 7)
	return w.out
}
