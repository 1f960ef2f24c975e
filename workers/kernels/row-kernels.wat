;; The inner loops of letterbox and crop: one row of pixels per call, 128-bit SIMD, the same bytes as the plain code in
;; workers/image/resize-linear.ts and workers/pose/affine-crop.ts. `npm run kernels` writes row-kernels.generated.ts from this file.
;;
;; V8 does not inline calls inside such a module (a call per pixel cost a factor of four), hence the repetitions.
;; A row of intermediate results has 16 bytes per pixel: R, G, B and a lane that nobody reads.
;; At address 0, 1024 and 2048 lie 256 float32 each: what a byte of R, G, B becomes in the tensor.
(module
  (memory (import "host" "memory") 1)

  ;; One row of 8-bit pixels, blended from left to right neighbours with 11-bit weights, shifted right by 4.
  ;; $plan: per result pixel the byte offset of its left neighbour (i32) and both weights (2 x i16).
  ;; The right neighbour is always the next pixel; beyond the edge its weight is 0.
  (func (export "resizeColumns") (param $source i32) (param $plan i32) (param $width i32) (param $into i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $plan) (i32.shl (local.get $width) (i32.const 3))))
    (loop $next
      (v128.store (local.get $into)
        (i32x4.shr_u
          (i32x4.dot_i16x8_s
            ;; R0 R1 G0 G1 B0 B1 as 16-bit numbers: 0x80 picks a zero.
            (i8x16.swizzle
              (v128.load64_zero (i32.add (local.get $source) (i32.load (local.get $plan))))
              (v128.const i8x16 0 0x80 3 0x80 1 0x80 4 0x80 2 0x80 5 0x80 0x80 0x80 0x80 0x80))
            (v128.load32_splat offset=4 (local.get $plan)))
          (i32.const 4)))
      (local.set $into (i32.add (local.get $into) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $plan (i32.add (local.get $plan) (i32.const 8))) (local.get $end)))))

  ;; Two rows from resizeColumns become one row of the tensor.
  (func (export "resizeRows") (param $upper i32) (param $lower i32) (param $upperWeight i32) (param $lowerWeight i32) (param $width i32)
    (param $red i32) (param $green i32) (param $blue i32)
    (local $a v128) (local $b v128) (local $value v128) (local $end i32)
    (local.set $a (i32x4.splat (local.get $upperWeight)))
    (local.set $b (i32x4.splat (local.get $lowerWeight)))
    (local.set $end (i32.add (local.get $upper) (i32.shl (local.get $width) (i32.const 4))))
    (loop $next
      (local.set $value
        (i32x4.min_s (v128.const i32x4 255 255 255 255)
          (i32x4.shr_u
            (i32x4.add (v128.const i32x4 2 2 2 2)
              (i32x4.add
                (i32x4.shr_u (i32x4.mul (v128.load (local.get $upper)) (local.get $a)) (i32.const 16))
                (i32x4.shr_u (i32x4.mul (v128.load (local.get $lower)) (local.get $b)) (i32.const 16))))
            (i32.const 2))))
      (f32.store (local.get $red) (f32.load (i32.shl (i32x4.extract_lane 0 (local.get $value)) (i32.const 2))))
      (f32.store (local.get $green) (f32.load offset=1024 (i32.shl (i32x4.extract_lane 1 (local.get $value)) (i32.const 2))))
      (f32.store (local.get $blue) (f32.load offset=2048 (i32.shl (i32x4.extract_lane 2 (local.get $value)) (i32.const 2))))
      (local.set $red (i32.add (local.get $red) (i32.const 4)))
      (local.set $green (i32.add (local.get $green) (i32.const 4)))
      (local.set $blue (i32.add (local.get $blue) (i32.const 4)))
      (local.set $lower (i32.add (local.get $lower) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $upper (i32.add (local.get $upper) (i32.const 16))) (local.get $end)))))

  ;; left + fraction * (right - left) per channel, in float64 and rounded once: a fused multiply-add of float32.
  ;; $plan: per result pixel the fraction (f64) and the byte offset of its left neighbour (i32), 16 bytes apart.
  (func (export "cropColumns") (param $source i32) (param $plan i32) (param $width i32) (param $into i32)
    (local $pixels v128) (local $left v128) (local $step v128) (local $fraction v128) (local $end i32)
    (local.set $end (i32.add (local.get $plan) (i32.shl (local.get $width) (i32.const 4))))
    (loop $next
      (local.set $pixels (v128.load64_zero (i32.add (local.get $source) (i32.load offset=8 (local.get $plan)))))
      (local.set $fraction (v128.load64_splat (local.get $plan)))
      (local.set $left (i8x16.swizzle (local.get $pixels)
        (v128.const i8x16 0 0x80 0x80 0x80 1 0x80 0x80 0x80 2 0x80 0x80 0x80 0x80 0x80 0x80 0x80)))
      (local.set $step (i32x4.sub
        (i8x16.swizzle (local.get $pixels)
          (v128.const i8x16 3 0x80 0x80 0x80 4 0x80 0x80 0x80 5 0x80 0x80 0x80 0x80 0x80 0x80 0x80))
        (local.get $left)))
      (v128.store (local.get $into) (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
        (f32x4.demote_f64x2_zero (f64x2.add
          (f64x2.convert_low_i32x4_s (local.get $left))
          (f64x2.mul (local.get $fraction) (f64x2.convert_low_i32x4_s (local.get $step)))))
        (f32x4.demote_f64x2_zero (f64x2.add
          (f64x2.convert_low_i32x4_s (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $left) (local.get $left)))
          (f64x2.mul (local.get $fraction) (f64x2.convert_low_i32x4_s (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $step) (local.get $step))))))))
      (local.set $into (i32.add (local.get $into) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $plan (i32.add (local.get $plan) (i32.const 16))) (local.get $end)))))

  ;; Two rows from cropColumns become one row of the tensor: the same blend downwards, rounded to bytes, half to even.
  (func (export "cropRows") (param $upper i32) (param $lower i32) (param $fraction f64) (param $width i32)
    (param $red i32) (param $green i32) (param $blue i32)
    (local $a v128) (local $value v128) (local $step v128) (local $end i32)
    (local.set $a (f64x2.splat (local.get $fraction)))
    (local.set $end (i32.add (local.get $upper) (i32.shl (local.get $width) (i32.const 4))))
    (loop $next
      (local.set $value (v128.load (local.get $upper)))
      (local.set $step (f32x4.sub (v128.load (local.get $lower)) (local.get $value)))
      (local.set $value (i32x4.trunc_sat_f32x4_s (f32x4.nearest (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
        (f32x4.demote_f64x2_zero (f64x2.add
          (f64x2.promote_low_f32x4 (local.get $value))
          (f64x2.mul (local.get $a) (f64x2.promote_low_f32x4 (local.get $step)))))
        (f32x4.demote_f64x2_zero (f64x2.add
          (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $value) (local.get $value)))
          (f64x2.mul (local.get $a) (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $step) (local.get $step))))))))))
      (f32.store (local.get $red) (f32.load (i32.shl (i32x4.extract_lane 0 (local.get $value)) (i32.const 2))))
      (f32.store (local.get $green) (f32.load offset=1024 (i32.shl (i32x4.extract_lane 1 (local.get $value)) (i32.const 2))))
      (f32.store (local.get $blue) (f32.load offset=2048 (i32.shl (i32x4.extract_lane 2 (local.get $value)) (i32.const 2))))
      (local.set $red (i32.add (local.get $red) (i32.const 4)))
      (local.set $green (i32.add (local.get $green) (i32.const 4)))
      (local.set $blue (i32.add (local.get $blue) (i32.const 4)))
      (local.set $lower (i32.add (local.get $lower) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $upper (i32.add (local.get $upper) (i32.const 16))) (local.get $end)))))
)
