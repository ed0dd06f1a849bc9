;; Sums of weighted pixels for resize.ts; `npm run wasm` writes resizeModule.ts from it.
(module
  (memory (export "memory") 1)

  ;; Write `count` pixels of three or four bytes, `pixel` apart. Each is the sum of `taps` pixels, `stride` bytes apart,
  ;; times weights with 22 bits behind the point, rounded to bytes.
  ;;
  ;; The first input of an output lies `from` plus the number at `firsts` bytes into the memory; `from`, `firsts` and
  ;; `weights` move on by `step`, `next` and `further` bytes with each output. Four bytes of a pixel are read and written:
  ;; of three, the fourth is that of the next pixel, which is written later.
  (func (export "line") (param $from i32) (param $step i32) (param $stride i32) (param $taps i32) (param $firsts i32) (param $next i32)
    (param $weights i32) (param $further i32) (param $to i32) (param $pixel i32) (param $count i32)
    (local $input i32) (local $weight i32) (local $last i32) (local $sum v128) (local $end i32)
    (local.set $end (i32.add (local.get $to) (i32.mul (local.get $count) (local.get $pixel))))
    (loop $outputs
      (local.set $input (i32.add (local.get $from) (i32.load (local.get $firsts))))
      (local.set $weight (local.get $weights))
      (local.set $last (i32.add (local.get $weights) (i32.shl (local.get $taps) (i32.const 2))))
      (local.set $sum (i32x4.splat (i32.const 0x200000)))  ;; a half, to round
      (loop $inputs
        (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul (v128.load32_splat (local.get $weight))
          (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $input)))))))
        (local.set $input (i32.add (local.get $input) (local.get $stride)))
        (br_if $inputs (i32.lt_u (local.tee $weight (i32.add (local.get $weight) (i32.const 4))) (local.get $last))))
      (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
      (local.set $from (i32.add (local.get $from) (local.get $step)))
      (local.set $firsts (i32.add (local.get $firsts) (local.get $next)))
      (local.set $weights (i32.add (local.get $weights) (local.get $further)))
      (br_if $outputs (i32.lt_u (local.tee $to (i32.add (local.get $to) (local.get $pixel))) (local.get $end))))))
