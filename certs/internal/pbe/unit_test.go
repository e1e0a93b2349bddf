package pbe

import (
	"bytes"
	"context"
	"testing"

	"golang.org/x/crypto/scrypt"
)

// BenchmarkUnit says how long a unit of a Budget takes for everything that is charged: they should be about the same.
func BenchmarkUnit(b *testing.B) {
	passphrase, long := NewPassphrase("changeit"), bytes.Repeat([]byte("p"), 4000)
	salt, data := []byte("saltsalt"), make([]byte, 1<<20)
	const rounds = 100_000
	all := map[string]func(budget *Budget){
		"JCEKS with a long passphrase": func(budget *Budget) {
			h, t := md5Hash.new(), []byte(nil)
			_ = budget.Spend(rounds / 50 * md5Hash.work(md5Hash.size+len(long)))
			_ = budget.repeat(rounds/50, func() { t = sum(h, t, t, long) })
		},
		"scrypt": func(budget *Budget) {
			_ = budget.Spend(4 * 16384 * 8)
			_, _ = scrypt.Key(passphrase.bytes(), salt, 16384, 8, 1, 32)
		},
		"AES":  func(budget *Budget) { _, _ = aesCBC.open(data[:32], data[:16], data, budget) },
		"DES":  func(budget *Budget) { _, _ = desCBC.open(data[:8], data[:8], data, budget) },
		"3DES": func(budget *Budget) { _, _ = tripleDESCBC.open(data[:24], data[:8], data, budget) },
		"RC2":  func(budget *Budget) { _, _ = rc2CBC.open(data[:16], data[:8], data, budget) },
	}
	for name, hash := range map[string]digest{
		"MD5": md5Hash, "SHA-1": sha1Hash, "SHA-256": sha256Hash, "SHA-512": sha512Hash,
	} {
		all["PKCS#12 with "+name] = func(budget *Budget) {
			_, _ = pkcs12KDF(hash, passphrase.bmp(), salt, rounds, purposeMAC, hash.size, budget)
		}
		all["PBKDF2 with "+name] = func(budget *Budget) {
			_, _ = pbkdf2(hash, passphrase.bytes(), salt, rounds, hash.size, budget)
		}
	}
	for name, f := range all {
		b.Run(name, func(b *testing.B) {
			const whole = 1 << 60
			budget := NewBudget(context.Background(), whole)
			for b.Loop() {
				f(budget)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(whole-budget.Left()), "ns/unit")
		})
	}
}
