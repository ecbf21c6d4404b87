package org.curtain.ui.task

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.relocation.BringIntoViewRequester
import androidx.compose.foundation.relocation.bringIntoViewRequester
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.launch
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.LookFor
import org.curtain.kit.screen.PhotoActions
import org.curtain.kit.screen.PhotoState
import org.curtain.kit.screen.PhotoUse
import org.curtain.kit.screen.ShellActions
import org.curtain.ui.Words
import org.curtain.ui.day.Check
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Banner
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.IconTarget
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.TonalButton
import org.curtain.ui.part.identifiers
import org.curtain.ui.theme.Curtain

/** A photo: taken, covered where it tells who, looked at again, and kept for one purpose. [decode] is the platform's own. */
@Composable
fun PhotoScreen(state: PhotoState, actions: PhotoActions, go: ShellActions, decode: (ByteArray) -> ImageBitmap?) {
    val words = Curtain.words
    val picture = remember(state.picture) { state.picture?.let(decode) }
    val looks = remember { BringIntoViewRequester() }
    val scope = rememberCoroutineScope()
    var cropping by remember(state.cropping) { mutableStateOf(state.cropping) }
    ScreenFrame(
        top = {
            Column {
                TaskHeader(words.photoTitle(state.who.name), go::back, AnnotatedString(identifiers(state.who))) {
                    if (picture != null) IconTarget(Icons.Delete, words.photoDiscard, actions::delete)
                }
            }
        },
        bottom = { Dock { Main(state, actions, picture != null) { scope.launch { looks.bringIntoView() } } } },
        margin = 0.dp,
    ) {
        if (picture == null) {
            Column(Modifier.fillMaxWidth().padding(horizontal = 16.dp)) {
                if (!state.cameraAllowed) {
                    Gap()
                    Banner(AnnotatedString(words.photoCamera), look = Look.REVIEW, icon = Icons.PhotoCamera)
                }
                if (state.picture != null) {
                    Gap()
                    Banner(AnnotatedString(words.photoUnreadable), look = Look.REVIEW)
                }
                Nothing(Icons.PhotoCamera, words.photoNone)
            }
            return@ScreenFrame
        }
        Box(Modifier.fillMaxWidth().background(Curtain.colors.print)) {
            CoverPicture(picture, state.covers, state.crop, cropping, if (state.kept) null else actions::cover) { actions.crop(it); cropping = false }
            if (state.removed) Removed(words.photoRemoved, Modifier.align(Alignment.TopStart).padding(12.dp))
        }
        Column(Modifier.fillMaxWidth().padding(horizontal = 16.dp)) {
            if (!state.kept) {
                Gap(10.dp)
                Actions {
                    CurtainButton(words.photoCover, { cropping = false }, look = if (cropping) ButtonLook.OUTLINE else ButtonLook.TONAL, icon = Icons.Rectangle, small = true)
                    CurtainButton(words.photoCrop, { cropping = true }, look = if (cropping) ButtonLook.TONAL else ButtonLook.OUTLINE, icon = Icons.Crop, small = true)
                    CurtainButton(words.undo, actions::undo, look = ButtonLook.OUTLINE, icon = Icons.Undo, small = true)
                }
                if (cropping || state.covers.isEmpty()) Caption(if (cropping) words.photoCropHow else words.photoCoverHow, Modifier.padding(start = 4.dp, end = 4.dp, top = 6.dp))
                SectionHead(words.photoLook, Modifier.padding(top = 14.dp, bottom = 6.dp))
                CurtainCard(Modifier.bringIntoViewRequester(looks), flush = true) {
                    Column(Modifier.fillMaxWidth().padding(12.dp, 4.dp)) {
                        for (look in LookFor.entries) Check(words.look(look), look in state.looks) { actions.look(look, it) }
                    }
                }
            }
            SectionHead(words.photoFor, Modifier.padding(top = 14.dp, bottom = 8.dp))
            Uses(state, actions)
            Gap(16.dp)
        }
    }
}

private fun Words.look(look: LookFor): String = when (look) {
    LookFor.FACE -> photoNoFace
    LookFor.LABELS -> photoNoLabel
    LookFor.MARKS -> photoNoMark
    LookFor.BACKGROUND -> photoNoBackground
}

private fun Words.use(use: PhotoUse): String = when (use) {
    PhotoUse.CARE -> photoCare
    PhotoUse.SECOND_OPINION -> photoOpinion
    PhotoUse.TEACHING -> photoTeaching
    PhotoUse.PUBLICATION -> photoPublication
}

/** A purpose that may be, that needs a yes of its own, or whose yes was taken back. */
@Composable
private fun Uses(state: PhotoState, actions: PhotoActions) {
    val words = Curtain.words
    val name = given(state.who.name)
    Chips {
        for (use in PhotoUse.entries) {
            val may = state.uses[use] ?: continue
            val text = words.use(use)
            when (may) {
                PhotoState.UseState.MAY -> Chip(text, state.use == use) { actions.use(use) }
                PhotoState.UseState.ASK_FIRST ->
                    Chip(text, false, icon = Icons.LiveHelp, ink = Curtain.style(Look.CONSENT).ink, label = words.labelled(words.actAsk(name), text)) { actions.askUse(use) }
                PhotoState.UseState.WITHDRAWN ->
                    Chip(text, false, icon = Icons.Block, ink = Curtain.style(Look.BLOCK).ink, label = words.labelled(words.photoWithdrawn(name), text)) { actions.askUse(use) }
            }
        }
    }
    val asks = PhotoUse.entries.filter { state.uses[it] == PhotoState.UseState.ASK_FIRST }
    val line = listOfNotNull(if (asks.isNotEmpty()) words.photoNeeds(asks.joinToString(", ") { words.use(it) }, name) else null, words.photoGallery).joinToString(" ")
    Caption(line, Modifier.padding(start = 4.dp, end = 4.dp, top = 8.dp))
}

/** The one action; while a look is open it says how many, and leads to them. */
@Composable
private fun Main(state: PhotoState, actions: PhotoActions, taken: Boolean, toLooks: () -> Unit) {
    val words = Curtain.words
    val open = LookFor.entries.count { it !in state.looks }
    when {
        !taken -> Actions {
            PrimaryButton(words.photoTake, actions::take, icon = Icons.PhotoCamera)
            TonalButton(words.photoChoose, actions::choose, Modifier, Icons.Image)
        }
        state.saving -> DockLine(words.photoSaving)
        state.kept -> PrimaryButton(words.photoExport(words.use(state.use)), actions::export, Modifier.fillMaxWidth(), Icons.IosShare)
        open > 0 -> PrimaryButton(words.photoLooks(open), toLooks, Modifier.fillMaxWidth(), Icons.Visibility)
        else -> PrimaryButton(words.photoKeep, actions::keep, Modifier.fillMaxWidth(), Icons.Check)
    }
    if (taken && !state.kept) DockLine(words.photoBurn)
}
