package org.curtain.kit.screen

import kotlin.math.roundToInt
import org.curtain.core.DiscardReason
import org.curtain.core.LookAnswer
import org.curtain.core.NewPhoto
import org.curtain.core.Patient
import org.curtain.core.PhotoAdded
import org.curtain.core.PhotoArea
import org.curtain.core.PhotoBasis
import org.curtain.core.PhotoConsentForm
import org.curtain.core.PhotoEdit
import org.curtain.core.PhotoLooks
import org.curtain.core.PhotoPurpose
import org.curtain.core.PhotoSummary
import org.curtain.kit.direct

/** A photo: covered and cut before it is kept; what was under a cover is never stored. */
class PhotoPresenter internal constructor(shell: Shell) : Presenter<Place.Photo, PhotoState>(shell), PhotoActions {
    private class Frame(val patient: Patient) {
        var picture: ByteArray? = null
        var kept: PhotoSummary? = null
        var covers: List<Cover> = emptyList()
        var crop: Cover? = null
        var looks: Set<LookFor> = emptySet()
        var use = PhotoUse.CARE
        var saving = false
    }

    private var frame: Frame? = null

    override fun load(place: Place.Photo) {
        val now = Frame(session { it.patient(place.patient) })
        frame = now
        place.photo?.let { id ->
            now.kept = session { session -> session.photos(place.patient).firstOrNull { it.id == id } }
            now.picture = now.kept?.let { kept -> session { it.photoPicture(kept.id) } }
        }
        render()
    }

    override fun forget() {
        frame?.picture?.fill(0)
        frame = null
    }

    override fun take() = device.takePicture(::came)

    override fun choose() = device.choosePicture(::came)

    private fun came(picture: ByteArray?) {
        if (picture == null) return
        at {
            it.picture = picture
            it.kept = null
            it.covers = emptyList()
            it.crop = null
            it.looks = emptySet()
        }
    }

    override fun cover(cover: Cover) = at { it.covers += cover; it.looks = emptySet() }

    override fun crop(cover: Cover?) = at { it.crop = cover; it.looks = emptySet() }

    override fun undo() = at { now -> if (now.crop != null) now.crop = null else now.covers = now.covers.dropLast(1) }

    override fun look(what: LookFor, seen: Boolean) = at { if (seen) it.looks += what else it.looks -= what }

    override fun use(use: PhotoUse) = at { it.use = use }

    override fun askUse(use: PhotoUse) = at { now ->
        val kept = now.kept ?: return@at
        // The narrower consent: that a face may be recognised is not asked here.
        session { it.recordPhotoConsent(PhotoConsentForm(kept.id, use.purpose, PhotoBasis.AGREED_IN_PERSON, recognisable = false, witness = null, untilMs = null)) }
        again(now, kept.id)
    }

    override fun keep() = at { now ->
        if (now.saving || now.looks.size < LookFor.entries.size) return@at
        val picture = now.picture ?: return@at
        now.saving = true
        render()
        try {
            val kept = now.kept
            val id = if (kept != null) session { it.editPhoto(kept.id, edit(now, kept.width.toInt(), kept.height.toInt()), answers(now)) }.id
            else add(now, picture) ?: return@at shell.trouble(Trouble.Kind.FIELD, "picture")
            now.covers = emptyList()
            now.crop = null
            again(now, id)
        } finally {
            now.saving = false
        }
    }

    /** Null when neither the core nor the phone reads it. */
    private fun add(now: Frame, picture: ByteArray): String? {
        val added = store(now, picture)
        if (added is PhotoAdded.Stored) return added.photo.id
        val jpeg = device.toJpeg(picture)?.let { store(now, it) } as? PhotoAdded.Stored
        return jpeg?.photo?.id
    }

    private fun store(now: Frame, picture: ByteArray): PhotoAdded {
        val (width, height) = size(picture) ?: (0 to 0)
        val photo = NewPhoto(now.patient.id, edit(now, width, height), answers(now), PhotoBasis.ROUTINE_CARE, device.nowMs())
        return session { it.addPhoto(picture.direct(), photo) }
    }

    private fun again(now: Frame, id: String) = session { session ->
        now.kept = session.photos(now.patient.id).firstOrNull { it.id == id }
        now.picture = session.photoPicture(id)
    }

    private fun answers(now: Frame): PhotoLooks {
        // The screen asks whether it was looked at, not what was found: "not there" would claim more than was said.
        val answer = if (now.covers.isEmpty()) LookAnswer.SHOWN else LookAnswer.COVERED
        return PhotoLooks(answer, answer, answer, answer)
    }

    private fun edit(now: Frame, width: Int, height: Int): PhotoEdit =
        PhotoEdit(now.covers.map { area(it, width, height) }, now.crop?.let { area(it, width, height) })

    private fun area(cover: Cover, width: Int, height: Int): PhotoArea {
        val left = (cover.left * width).roundToInt().coerceIn(0, (width - 1).coerceAtLeast(0))
        val top = (cover.top * height).roundToInt().coerceIn(0, (height - 1).coerceAtLeast(0))
        val right = (cover.right * width).roundToInt().coerceIn(left + 1, maxOf(width, left + 1))
        val bottom = (cover.bottom * height).roundToInt().coerceIn(top + 1, maxOf(height, top + 1))
        return PhotoArea(left.toUInt(), top.toUInt(), (right - left).toUInt(), (bottom - top).toUInt())
    }

    override fun export() = at { now ->
        val kept = now.kept ?: return@at
        val purpose: PhotoPurpose = now.use.purpose
        shell.fresh.token { token ->
            device.save("photo.age", "application/octet-stream", session { it.exportPhoto(kept.id, purpose, token) }) {}
        }
    }

    override fun delete() = at { now ->
        val (kept, here) = (now.kept ?: return@at) to (place ?: return@at)
        shell.fresh.token { token ->
            session { it.deletePhoto(kept.id, DiscardReason.NOT_NEEDED, token) }
            shell.done(here)
        }
    }

    private fun render() {
        val now = frame ?: return
        val standing = now.kept?.purposes.orEmpty().associate { it.purpose to it.standing.shown }
        publish(
            PhotoState(
                who = now.patient.who,
                picture = now.picture,
                removed = now.kept != null,
                covers = now.covers,
                cropping = now.crop != null,
                crop = now.crop,
                looks = now.looks,
                uses = PhotoUse.entries.associateWith { standing[it.purpose] ?: if (it == PhotoUse.CARE) PhotoState.UseState.MAY else PhotoState.UseState.ASK_FIRST },
                use = now.use,
                kept = now.kept != null,
                cameraAllowed = device.cameraAllowed(),
                saving = now.saving,
            ),
        )
    }

    private fun at(work: (Frame) -> Unit) {
        act {
            work(frame ?: return@act)
            render()
        }
    }

    internal companion object {
        /** Width and height of an upright JPEG or PNG, from its header. */
        fun size(picture: ByteArray): Pair<Int, Int>? {
            fun two(at: Int) = (picture[at].toInt() and 0xff shl 8) or (picture[at + 1].toInt() and 0xff)
            if (picture.size > 24 && two(0) == 0x8950) return two(18) to two(22)
            var at = 2
            while (at + 9 < picture.size) {
                val marker = two(at)
                if (marker in 0xffc0..0xffcf && marker != 0xffc4 && marker != 0xffc8 && marker != 0xffcc) return two(at + 7) to two(at + 5)
                if (marker ushr 8 != 0xff) return null
                at += 2 + two(at + 2)
            }
            return null
        }
    }
}
