;; Products of rows of half-precision numbers with one query; `npm run wasm` writes scanModule.ts from it.
(module
  (memory (export "memory") 1)

  ;; Write the product of each of `count` rows with the query to `scores`, as float32.
  ;;
  ;; A row has `bytes` bytes, a multiple of 32. The bits of a half, moved to the places of a float32's, are the same
  ;; number times 2^-112 (subnormal ones as well), so the caller multiplies the query by 2^112.
  (func (export "products") (param $row i32) (param $count i32) (param $bytes i32) (param $query i32) (param $scores i32)
    (local $end i32) (local $row_end i32) (local $q i32) (local $mask v128) (local $halves v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $mask (i32x4.splat (i32.const 0x8fffe000)))  ;; the sign, and what was below it
    (local.set $end (i32.add (local.get $scores) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $rows
        (br_if $done (i32.ge_u (local.get $scores) (local.get $end)))
        (local.set $row_end (i32.add (local.get $row) (local.get $bytes)))
        (local.set $q (local.get $query))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (local.set $c (v128.const i32x4 0 0 0 0))
        (local.set $d (v128.const i32x4 0 0 0 0))
        (loop $numbers
          (local.set $halves (v128.load (local.get $row)))
          (local.set $a (f32x4.add (local.get $a) (f32x4.mul (v128.load (local.get $q))
            (v128.and (local.get $mask) (i32x4.shl (i32x4.extend_low_i16x8_s (local.get $halves)) (i32.const 13))))))
          (local.set $b (f32x4.add (local.get $b) (f32x4.mul (v128.load offset=16 (local.get $q))
            (v128.and (local.get $mask) (i32x4.shl (i32x4.extend_high_i16x8_s (local.get $halves)) (i32.const 13))))))
          (local.set $halves (v128.load offset=16 (local.get $row)))
          (local.set $c (f32x4.add (local.get $c) (f32x4.mul (v128.load offset=32 (local.get $q))
            (v128.and (local.get $mask) (i32x4.shl (i32x4.extend_low_i16x8_s (local.get $halves)) (i32.const 13))))))
          (local.set $d (f32x4.add (local.get $d) (f32x4.mul (v128.load offset=48 (local.get $q))
            (v128.and (local.get $mask) (i32x4.shl (i32x4.extend_high_i16x8_s (local.get $halves)) (i32.const 13))))))
          (local.set $q (i32.add (local.get $q) (i32.const 64)))
          (br_if $numbers (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 32))) (local.get $row_end))))
        (local.set $a (f32x4.add (f32x4.add (local.get $a) (local.get $b)) (f32x4.add (local.get $c) (local.get $d))))
        (f32.store (local.get $scores) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
          (f32.add (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))
        (local.set $scores (i32.add (local.get $scores) (i32.const 4)))
        (br $rows)))))
