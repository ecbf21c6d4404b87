package org.curtain.kit.device

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.ImageFormat
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CameraMetadata
import android.hardware.camera2.CaptureFailure
import android.hardware.camera2.CaptureRequest
import android.hardware.camera2.params.OutputConfiguration
import android.hardware.camera2.params.SessionConfiguration
import android.media.Image
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.view.Surface

/** A camera and what it is asked for: [taken] is the size of the picture, or of the frames that codes are read from. */
internal class Eye(val id: String, val sensor: Int, val front: Boolean, val light: Boolean, val focuses: Boolean, val taken: Extent, val preview: Extent)

/**
 * One camera, from its opening to its end: the preview, one picture in memory or frames to read codes from. Everything happens on
 * one thread of its own, so that no frame is read while the camera is closed. Not run on a device here: there is none.
 *
 * @param found a code's bytes, on the camera's thread; true when no more are wanted. Null for pictures.
 * @param taken the picture, on the camera's thread; null when it is larger than may be.
 * @param lost the camera does not open, went away or failed; may be called more than once, from the camera's thread.
 */
internal class Lens(
    context: Context,
    private val found: ((ByteArray) -> Boolean)?,
    private val taken: (ByteArray?) -> Unit,
    private val lost: () -> Unit,
) {
    private val cameras = context.getSystemService(CameraManager::class.java)!!
    private val thread = HandlerThread("camera").apply { start() }
    private val handler = Handler(thread.looper)
    private val codes = CodeReader()

    // All of the camera's thread.
    private var eye: Eye? = null
    private var texture: SurfaceTexture? = null
    private var preview: Surface? = null
    private var reader: ImageReader? = null
    private var device: CameraDevice? = null
    private var session: CameraCaptureSession? = null
    private var light = false
    private var opening = false
    private var closed = false

    /** Opens the camera onto [onto], which belongs to this lens from now on; [shown] once it shows something, on the camera's thread. */
    fun open(onto: SurfaceTexture, shown: (Eye) -> Unit) {
        handler.post {
            if (closed) return@post onto.release()
            texture = onto
            attempt { begin(onto, shown) }
        }
    }

    /** Turns the light on or off. */
    fun light(on: Boolean) = work {
        light = on
        session?.let(::repeat)
    }

    /** Takes the picture; [phone] is how far the phone is turned, see [Turn]. */
    fun take(phone: Int) = work {
        val (eye, session) = (eye ?: return@work lost()) to (session ?: return@work lost())
        val request = session.device.createCaptureRequest(CameraDevice.TEMPLATE_STILL_CAPTURE)
        request.addTarget(checkNotNull(reader).surface)
        common(request, eye)
        request.set(CaptureRequest.JPEG_ORIENTATION, Turn.picture(eye.sensor, phone, eye.front))
        request.set(CaptureRequest.JPEG_QUALITY, JPEG_QUALITY)
        val failed = object : CameraCaptureSession.CaptureCallback() {
            override fun onCaptureFailed(session: CameraCaptureSession, request: CaptureRequest, failure: CaptureFailure) = lost()
            override fun onCaptureBufferLost(session: CameraCaptureSession, request: CaptureRequest, target: Surface, frame: Long) {
                if (target !== preview) lost()
            }
        }
        session.capture(request.build(), failed, handler)
    }

    /** Closes everything; may be called more than once. */
    fun close() {
        handler.post {
            if (closed) return@post
            closed = true
            session?.close()
            device?.close()
            reader?.close()
            preview?.release()
            texture?.release()
            codes.forget()
            // A camera that is still opening comes to this thread, to be closed at once.
            if (!opening) thread.quitSafely()
        }
    }

    private fun work(block: () -> Unit) {
        handler.post { if (!closed) attempt(block) }
    }

    private fun attempt(block: () -> Unit) = try {
        block()
    } catch (_: CameraAccessException) {
        lost()
    } catch (_: SecurityException) {
        lost()
    } catch (_: IllegalStateException) {
        lost()
    } catch (_: IllegalArgumentException) {
        lost()
    } catch (_: UnsupportedOperationException) {
        lost()
    } catch (_: Surface.OutOfResourcesException) {
        lost()
    }

    @SuppressLint("MissingPermission") // Asked for before; a refusal is a SecurityException.
    private fun begin(onto: SurfaceTexture, shown: (Eye) -> Unit) {
        val eye = find() ?: return lost()
        this.eye = eye
        val codes = found != null
        val reader = ImageReader.newInstance(eye.taken.width, eye.taken.height, if (codes) ImageFormat.YUV_420_888 else ImageFormat.JPEG, if (codes) 2 else 1)
        this.reader = reader
        reader.setOnImageAvailableListener({ if (!closed) attempt { if (codes) frame(it) else picture(it) } }, handler)
        onto.setDefaultBufferSize(eye.preview.width, eye.preview.height)
        val preview = Surface(onto)
        this.preview = preview
        opening = true
        val opened = object : CameraDevice.StateCallback() {
            override fun onOpened(camera: CameraDevice) {
                opening = false
                device = camera
                if (closed) return gone(camera)
                attempt { start(camera, preview, reader) { shown(eye) } }
            }

            override fun onDisconnected(camera: CameraDevice) = gone(camera)

            override fun onError(camera: CameraDevice, error: Int) = gone(camera)
        }
        try {
            cameras.openCamera(eye.id, opened, handler)
        } catch (refused: Exception) {
            opening = false
            throw refused
        }
    }

    private fun gone(camera: CameraDevice) {
        opening = false
        camera.close()
        if (closed) thread.quitSafely() else lost()
    }

    private fun start(camera: CameraDevice, preview: Surface, reader: ImageReader, shown: () -> Unit) {
        val state = object : CameraCaptureSession.StateCallback() {
            override fun onConfigured(configured: CameraCaptureSession) {
                if (closed) return
                session = configured
                attempt {
                    repeat(configured)
                    shown()
                }
            }

            override fun onConfigureFailed(session: CameraCaptureSession) = lost()
        }
        val outputs = listOf(OutputConfiguration(preview), OutputConfiguration(reader.surface))
        camera.createCaptureSession(SessionConfiguration(SessionConfiguration.SESSION_REGULAR, outputs, { handler.post(it) }, state))
    }

    private fun repeat(session: CameraCaptureSession) {
        val request = session.device.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
        request.addTarget(preview ?: return)
        if (found != null) reader?.let { request.addTarget(it.surface) }
        common(request, eye ?: return)
        session.setRepeatingRequest(request.build(), null, handler)
    }

    private fun common(request: CaptureRequest.Builder, eye: Eye) {
        if (eye.focuses) request.set(CaptureRequest.CONTROL_AF_MODE, CameraMetadata.CONTROL_AF_MODE_CONTINUOUS_PICTURE)
        if (eye.light) request.set(CaptureRequest.FLASH_MODE, if (light) CameraMetadata.FLASH_MODE_TORCH else CameraMetadata.FLASH_MODE_OFF)
    }

    private fun frame(from: ImageReader) {
        val image = from.acquireLatestImage() ?: return
        val code = image.use { it.planes[0].run { codes.read(buffer, rowStride, pixelStride, Extent(image.width, image.height)) } }
        if (code != null && found?.invoke(code) == true) from.setOnImageAvailableListener(null, null)
    }

    private fun picture(from: ImageReader) {
        val image: Image = from.acquireNextImage() ?: return
        taken(
            image.use {
                val jpeg = it.planes[0].buffer
                if (jpeg.remaining() in 1..MAX_BYTES) ByteArray(jpeg.remaining()).also(jpeg::get) else null
            },
        )
    }

    /** The first camera that looks away from the user, else any; null when none gives what is needed. */
    private fun find(): Eye? = cameras.cameraIdList.mapNotNull(::look).let { eyes -> eyes.firstOrNull { !it.front } ?: eyes.firstOrNull() }

    private fun look(id: String): Eye? {
        val about = cameras.getCameraCharacteristics(id)
        val map = about.get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP) ?: return null
        val format = if (found != null) ImageFormat.YUV_420_888 else ImageFormat.JPEG
        val limit = if (found != null) Extent.FRAME_PIXELS else Extent.PICTURE_PIXELS
        val taken = Extent.largest(map.getOutputSizes(format).orEmpty().map { Extent(it.width, it.height) }, limit) ?: return null
        val shown = map.getOutputSizes(SurfaceTexture::class.java).orEmpty().map { Extent(it.width, it.height) }
        return Eye(
            id = id,
            sensor = about.get(CameraCharacteristics.SENSOR_ORIENTATION) ?: 0,
            front = about.get(CameraCharacteristics.LENS_FACING) == CameraMetadata.LENS_FACING_FRONT,
            light = about.get(CameraCharacteristics.FLASH_INFO_AVAILABLE) == true,
            focuses = about.get(CameraCharacteristics.CONTROL_AF_AVAILABLE_MODES)?.contains(CameraMetadata.CONTROL_AF_MODE_CONTINUOUS_PICTURE) == true,
            taken = taken,
            preview = Extent.preview(shown, taken) ?: return null,
        )
    }

    private companion object {
        /** As much as the core takes of a picture. */
        const val MAX_BYTES = 32 * 1024 * 1024
        const val JPEG_QUALITY: Byte = 92
    }
}
