package org.curtain.simulator

import androidx.compose.ui.graphics.toComposeImageBitmap
import org.curtain.kit.screen.Cover
import org.curtain.kit.screen.GroupsState
import org.curtain.kit.screen.LookFor
import org.curtain.kit.screen.Member
import org.curtain.kit.screen.PhotoState
import org.curtain.kit.screen.PhotoUse
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.RosterCard
import org.curtain.kit.screen.RosterState
import org.curtain.ui.task.GroupsScreen
import org.curtain.ui.task.PhotoScreen
import org.curtain.ui.task.RosterScreen
import org.jetbrains.skia.EncodedImageFormat
import org.jetbrains.skia.Image
import org.jetbrains.skia.Paint
import org.jetbrains.skia.Rect
import org.jetbrains.skia.Surface

private fun Fixtures.roster(fresh: Boolean = false): RosterState = RosterState(
    "r1", either("Ward 6 night team", "Noche, planta 6"),
    listOf(
        Member("Sam Reyes", either("Resident", "Residente"), at(11, 19), Member.Kind.LEFT), Member("Priya Nair", either("Student", "Estudiante"), at(11, 30), Member.Kind.STUDENT),
        Member("Jonas Berg", either("Charge nurse", "Enfermería"), at(3, 31, year = 2027), Member.Kind.HERE), Member("Dr. Aiko Kimura", either("Attending", "Adjunta"), null, Member.Kind.HERE),
        Member("Dr. Maya Okafor", either("You", "Usted"), at(11, 28), Member.Kind.YOU), Member("Luis Cortés", either("Pharmacist", "Farmacia"), at(1, 31, year = 2027), Member.Kind.HERE),
    ).filter { !fresh || it.kind == Member.Kind.HERE },
    at(11, 14), if (fresh) 1 else 9, !fresh, if (fresh) 0 else 1, if (fresh) 0 else 1, if (fresh) 0 else 3,
)

/** A forearm, roughly: enough to see where covers fall. */
private val arm: ByteArray by lazy {
    val surface = Surface.makeRasterN32Premul(824, 608)
    val paint = Paint()
    fun fill(color: Long, left: Float, top: Float, right: Float, bottom: Float) {
        paint.color = color.toInt()
        surface.canvas.drawRect(Rect(left, top, right, bottom), paint)
    }
    fill(0xFF8FA6A5, 0f, 0f, 824f, 608f)
    fill(0xFFDCE5E3, 0f, 480f, 824f, 608f)
    fill(0xFFB97C58, 0f, 150f, 824f, 450f)
    paint.color = 0xFFA23E3A.toInt()
    surface.canvas.drawOval(Rect(180f, 220f, 380f, 350f), paint)
    fill(0xFFEEF3F2, 620f, 150f, 700f, 450f)
    surface.makeImageSnapshot().encodeToData(EncodedImageFormat.PNG)?.bytes ?: ByteArray(0)
}

private fun Fixtures.photo(taken: Boolean = true, looks: Set<LookFor> = LookFor.entries.toSet(), kept: Boolean = false, crop: Boolean = false): PhotoState = PhotoState(
    rosa, if (taken) arm else null, removed = true, covers = listOf(Cover(.74f, .4f, .86f, .66f), Cover(.54f, .38f, .66f, .6f)), cropping = crop,
    crop = if (crop) Cover(.1f, .15f, .9f, .85f) else null, looks = looks,
    uses = mapOf(PhotoUse.CARE to PhotoState.UseState.MAY, PhotoUse.SECOND_OPINION to PhotoState.UseState.MAY, PhotoUse.TEACHING to PhotoState.UseState.ASK_FIRST),
    use = PhotoUse.CARE, kept = kept, cameraAllowed = taken, saving = false,
)

private fun photo(state: Fixtures.() -> PhotoState): Drawn =
    Drawn { fixtures -> PhotoScreen(fixtures.state(), Silent.of(), Silent.shell) { Image.makeFromEncoded(it).toComposeImageBitmap() } }

/** Groups with their rosters, and photos. */
val groupScreens: Map<String, Drawn> = mapOf(
    "groups" to Drawn {
        GroupsScreen(
            GroupsState(listOf(RosterCard("r1", it.roster().name, 6, it.at(11, 14), true), RosterCard("r2", it.either("Wound care", "Heridas"), 4, it.at(11, 22), false))),
            it.shell(Place.Groups), Silent.shell,
        )
    },
    "groups-empty" to Drawn { GroupsScreen(GroupsState(listOf()), it.shell(Place.Groups), Silent.shell) },
    "roster" to Drawn { RosterScreen(it.roster(), Silent.of(), Silent.shell) },
    "roster-fresh" to Drawn { RosterScreen(it.roster(fresh = true), Silent.of(), Silent.shell) },
    "photo" to photo { photo() },
    "photo-looks" to photo { photo(looks = setOf(LookFor.FACE, LookFor.LABELS), crop = true) },
    "photo-none" to photo { photo(taken = false) },
    "photo-kept" to photo { photo(kept = true) },
)
