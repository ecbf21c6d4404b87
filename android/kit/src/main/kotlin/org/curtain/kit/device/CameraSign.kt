package org.curtain.kit.device

import android.content.res.ColorStateList
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.ColorFilter
import android.graphics.Paint
import android.graphics.Path
import android.graphics.PixelFormat
import android.graphics.drawable.Drawable
import android.graphics.drawable.RippleDrawable
import android.graphics.drawable.ShapeDrawable
import android.graphics.drawable.shapes.OvalShape

/** The camera's three signs, white on a dark disc so that they are seen over any picture; the kit has no resources. */
internal class CameraSign(private val sign: Int) : Drawable() {
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG)

    override fun draw(canvas: Canvas) {
        val (x, y) = bounds.exactCenterX() to bounds.exactCenterY()
        val radius = minOf(bounds.width(), bounds.height()) / 2f
        disc(canvas, x, y, radius, if (sign == LIGHT_ON) Color.WHITE else DARK)
        if (sign == SHUTTER) return shutter(canvas, x, y, radius)
        paint.color = if (sign == LIGHT_ON) Color.BLACK else Color.WHITE
        val arm = radius * ARM
        if (sign == CLOSE) {
            paint.style = Paint.Style.STROKE
            paint.strokeWidth = radius * STROKE
            canvas.drawLine(x - arm, y - arm, x + arm, y + arm, paint)
            canvas.drawLine(x - arm, y + arm, x + arm, y - arm, paint)
        } else {
            paint.style = Paint.Style.FILL
            canvas.drawPath(bolt(x, y, arm * 1.5f), paint)
        }
    }

    private fun shutter(canvas: Canvas, x: Float, y: Float, radius: Float) {
        paint.style = Paint.Style.STROKE
        paint.strokeWidth = radius * STROKE
        paint.color = Color.WHITE
        canvas.drawCircle(x, y, radius * (1 - STROKE / 2), paint)
        disc(canvas, x, y, radius * DISC, Color.WHITE)
    }

    private fun disc(canvas: Canvas, x: Float, y: Float, radius: Float, color: Int) {
        paint.style = Paint.Style.FILL
        paint.color = color
        canvas.drawCircle(x, y, radius, paint)
    }

    private fun bolt(x: Float, y: Float, size: Float) = Path().apply {
        moveTo(x + size * 0.2f, y - size)
        lineTo(x - size * 0.6f, y + size * 0.15f)
        lineTo(x - size * 0.05f, y + size * 0.15f)
        lineTo(x - size * 0.2f, y + size)
        lineTo(x + size * 0.6f, y - size * 0.15f)
        lineTo(x + size * 0.05f, y - size * 0.15f)
        close()
    }

    override fun setAlpha(alpha: Int) = Unit

    override fun setColorFilter(filter: ColorFilter?) = Unit

    @Deprecated("The system still asks for it.")
    override fun getOpacity(): Int = PixelFormat.TRANSLUCENT

    companion object {
        const val SHUTTER: Int = 0
        const val CLOSE: Int = 1
        const val LIGHT: Int = 2
        const val LIGHT_ON: Int = 3
        private const val DARK = 0x99000000.toInt()
        private const val RIPPLE = 0x66FFFFFF
        private const val STROKE = 0.1f
        private const val DISC = 0.8f
        private const val ARM = 0.3f

        /** What shows that a button is touched or has the focus. */
        fun touched(): Drawable = RippleDrawable(ColorStateList.valueOf(RIPPLE), null, ShapeDrawable(OvalShape()))
    }
}
